// An installed plugin, as its package.json describes it. None of its code has been looked at.

export interface Plugin {
  /** Name of the npm package. */
  readonly name: string;
  readonly version: string;
  /** Real path of its directory. */
  readonly directory: string;
  readonly workers: readonly WorkerEntry[];
  readonly formats: readonly FormatEntry[];
  /** Changes whenever a file of the plugin's has changed: a reload then replaces its processes. */
  readonly fingerprint: string;
  /** It runs or fetches what a sender names, so it runs only where the configuration has its section. */
  readonly needsSection?: boolean;
  /** The same, and only where the configuration gives it a `user`. */
  readonly needsUser?: boolean;
}

export type WorkerEntry = { readonly type: string } & WorkerCode;

/** What does the work of a type. `module` is an absolute path. */
export type WorkerCode =
  /** The default export of the module is a worker class. */
  | { readonly kind: 'class'; readonly module: string }
  /** The exported functions of the module are methods for JSON-RPC. */
  | { readonly kind: 'rpc'; readonly module: string }
  | CommandCode;

/** A program in any language, which speaks as docs/workers-in-any-language.md says. */
export interface CommandCode {
  readonly kind: 'command';
  /** The plugin's: see command-line.ts for what it has to do with the command. */
  readonly directory: string;
  /** Program and arguments, as package.json has them. */
  readonly command: readonly [string, ...string[]];
  /** Content types that it takes. */
  readonly accept: readonly string[];
  /** It gets the body of every workitem as bytes, whatever its format. */
  readonly raw: boolean;
  /** It is told first what it is, says itself when it is ready, and hears of it when a workitem is to be given up. */
  readonly handshake: boolean;
  /** How many workitems it takes at once, at most. */
  readonly concurrency: number;
}

export interface FormatEntry {
  /** Content type. */
  readonly format: string;
  /** Absolute path of the module whose default export is the format. */
  readonly module: string;
}

/** A plugin, or something in `plugin_path`, that does not run, and why. */
export interface PluginProblem {
  /** Name of the package where it is known, else the path. */
  readonly plugin: string;
  readonly path: string;
  /** Worker types that do not run because of it. */
  readonly types: readonly string[];
  /** What is wrong, and what mends it. */
  readonly message: string;
}

export interface Installed {
  /** In the order of their names. */
  readonly plugins: readonly Plugin[];
  readonly problems: readonly PluginProblem[];
}
