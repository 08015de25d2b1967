// In the child process: which worker type does a body name? Runs plugin code; whatever that does short of ending or
// blocking the process is an answer. A format is loaded when the first body in it comes, so that one which cannot even
// be imported, or ends the process at that, spoils nothing but the workitems that are written in it.
import type { FormatModule, FromFormatReader } from '../../child/protocol.ts';
import { messageOf } from '../../core/errors.ts';
import { cutToBytes } from '../../core/text.ts';
import { type LoadModule, loadFormat } from '../../plugin/load-formats.ts';
import type { WorkitemFormat } from '../../workitem/format.ts';
import { plainContentType } from '../../workitem/registry.ts';

type FormatAnswer = Extract<FromFormatReader, { job: number }>;

const MAX_ERROR_BYTES = 4 * 1024;
/** Any longer one is no worker type anyway; it is shown in the reason for which its workitem is parked. */
const MAX_TYPE_LENGTH = 512;

/** Answers for these formats. */
export function answering(modules: readonly FormatModule[], load: LoadModule) {
  const byName = new Map(modules.map((module) => [plainContentType(module.format), module]));
  const loaded = new Map<string, Promise<WorkitemFormat>>();

  const loadedFormat = async (name: string): Promise<WorkitemFormat> => {
    const module = byName.get(name);
    if (!module) throw new Error(`no plugin brings the format ${name}`);
    const format = loaded.get(name) ?? loadFormat(module, load);
    loaded.set(name, format);
    return format;
  };

  return async (job: number, format: string, body: Buffer): Promise<FormatAnswer> => {
    try {
      const reader = await loadedFormat(format);
      const type: unknown = reader.workerType(body);
      if (typeof type === 'string') return { kind: 'routed', job, type: type.slice(0, MAX_TYPE_LENGTH) };
      return { kind: 'unreadable', job, error: `the format ${format} named no worker type but a ${typeof type}` };
    } catch (err) {
      return { kind: 'unreadable', job, error: cutToBytes(messageOf(err), MAX_ERROR_BYTES) };
    }
  };
}
