// Builds the Debian source package that a workitem names. A build runs whatever code the package holds, as the user of
// this process: which package that is, is checked in source-package.js; that it ends when it has to, in run.js.
import { BaseWorker, RUOTE_WORKITEM } from 'taskqueue';
import { build } from './build.js';
import { sourcePackage } from './source-package.js';

/** @import { Context, RuoteWorkitem } from 'taskqueue' */
/** @typedef {{ dsc?: unknown, file?: unknown }} Wish */
/** @typedef {Wish & { fields?: Wish & { params?: Wish } }} Body */

export default class SimpleBuilder extends BaseWorker {
  /** @override */
  static accept = [RUOTE_WORKITEM];

  /**
   * A build that fails is a result like any other, with its log and an `exit_status` that is not 0. An exception is for
   * what kept it from being tried, or from coming to its end.
   * @param {RuoteWorkitem} workitem
   * @param {Context} context
   */
  async handleTask(workitem, context) {
    const body = /** @type {Body} */ (workitem.body);
    const { dsc, file } = { ...body, ...body?.fields, ...body?.fields?.params };
    const workdir = process.cwd();
    const source = await sourcePackage(dsc ?? file, workdir); // `file` is what simpledownloader reports
    const result = await build(source, workdir, this.settings.build_options ?? '', context);
    Object.assign(workitem.fields ?? body, result);
    return workitem;
  }
}
