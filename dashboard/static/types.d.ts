// What the routes answer and what modules hand each other, for the type checker and for who reads; nothing of it runs.

/** What the engine said, in a form that can be told in another language. */
interface CodedMessage {
  code: string;
  values?: Record<string, any>;
}

/** A fault of a configuration: the field that it stands in, and why it is one. */
interface Fault {
  field: string;
  message: string;
}

interface Evaluation {
  top1?: number;
  loss?: number;
  count?: number;
  epoch?: number;
  iteration?: number;
  kept_as?: string[]; // of test figures, with all that follows: which weights were tested
  balanced?: number;
  majority?: string;
  share?: number;
  verdict?: string | null;
}

/** A stage of a freeze plan as it was resolved for a run. */
interface Stage {
  name: string;
  epochs: number;
  train: string[];
  begins: number;
  ends: number;
  learning_rate?: number | Record<string, number>;
}

/** status.json of a run, as /live and /api/runs send it. */
interface Status {
  state: string;
  iteration?: number;
  iterations?: number;
  iterations_per_epoch?: number;
  epoch?: number;
  epochs?: number;
  stage?: number;
  stages?: Stage[];
  parts?: string[];
  seconds?: number;
  seconds_left?: number;
  created?: number;
  started?: number;
  updated?: number;
  ended?: number;
  last?: Evaluation;
  best?: Evaluation;
  test?: Evaluation;
  test_best?: Evaluation | null;
  zero_shot?: Evaluation;
  evaluated_on?: { name: string; count: number };
  reason?: string;
  ending?: CodedMessage;
  waiting_for?: string;
  device_name?: string;
  doing?: string;
  life?: number;
  imported?: string;
  chosen_on?: string;
  newer?: boolean;
}

/** A saved state of a run, and why it was kept. */
interface Checkpoint {
  name: string;
  epoch: number;
  iteration: number;
  top1?: number;
  kept_as?: string[];
}

/** A line of /api/runs. */
interface Run {
  id: string;
  label: string;
  group: string | null;
  recipe?: string | null; // the same for runs that differ in nothing but the seed
  seed?: number;
  tags?: string[];
  notes?: string;
  parts?: Record<string, string>;
  damage?: (CodedMessage & { message: string })[];
  status: Status;
}

/** The answer of /api/runs/ID. */
interface RunInfo extends Run {
  config: Record<string, any> | null;
  series: string[];
  class_names?: string[];
  changes?: any;
  edited?: { field: string; trained: any; written: any }[];
  files?: any;
  checkpoints?: Checkpoint[];
  data?: Record<string, any>;
}

/** One of a run's events. */
interface RunEvent {
  seq: number;
  kind: string;
  iteration: number;
  time: number;
  text: string;
  values?: Record<string, any>;
}

/** What was measured at the end of an epoch, by its names: "val.top1", "train.loss". */
type Epoch = Record<string, any>;

/** A result that somebody else published of a run's recipe: a figure, or a log epoch by epoch. */
interface PublishedResult {
  id: string;
  model: string;
  epochs: number | Epoch[];
  test_error?: number | null;
  runs?: number;
  source: string;
  hardware?: string;
  differs: { field: string; here: string; there: string }[] | null;
}

/** A chart of /api/charts. */
interface ChartSpec {
  name: string;
  title_key: string;
  help_key: string;
  kind: string;
  x: "iteration" | "sample";
  series: string[];
  right: string[];
  epochs: string[];
  ratios: Record<string, [string, string]>;
  unit: string;
  right_unit: string;
  smooth: boolean;
  logarithmic: boolean;
  complement: boolean;
  merge: boolean;
  optional: boolean;
  beat: string;
}

/** The points of a series, as charts read them. */
interface ChartPoints {
  id: number | string;
  row: number[];
  low: number[];
  mean: number[];
  smooth: number[];
  isCoarse: boolean;
  raw(): { row: number[]; value: number[] };
}

/** What a chart draws a line of: a run, or the mean of several seeds. */
interface ChartRun {
  id: string;
  label: string;
  info: RunInfo;
  status: Status;
  isActive: boolean;
  rows: number;
  perEpoch: number;
  parts: string[];
  stages: Stage[];
  events: RunEvent[];
  epochs: Epoch[];
  published?: PublishedResult[];
  system?: { rows: number; series: Record<string, number[]>; thinned: number; gap: boolean };
  points(name: string, zoomed: boolean): ChartPoints | null;
}

/** What is compared: a run, or the mean of its seeds. */
type Unit = import("./data/run_store.js").RunStore | import("./data/seed_mean.js").SeedMean;

/** A configuration without faults; null while the form has some. */
type Config = Record<string, any> | null;

/** A stage as it stands in the form; learning_rate is a number or its text, by part where it has colons. */
interface FormStage {
  id: number;
  epochs: number;
  title?: string;
  train?: string[];
  learning_rate?: number | string;
  rate_factors?: string;
  layer_decay?: number;
}

/** What mouse and keyboard can do with the plan. */
interface PlanActions {
  plan(): any;
  apply(stages: FormStage[], ...more: any[]): any;
  undo(): any;
  select(index: number): any;
  focus(node: HTMLElement | null): any; // the focus went to it; null where that is outside of the plan
  drag(stages: FormStage[] | null): any; // shown while a border moves
}

/** A network as the engine describes it for a form. */
interface NetworkSummary {
  input: number[];
  classes: number;
  parts: { name: string; shape: number[] | null; parameters: number; attention: string[] }[];
  layers: Record<string, any>[];
  trained: number[];
  total: number;
  multiply_adds: number;
}

/** A picture on the Attention tab: its width and height upright, and the box in it that the network saw. */
interface SeenPicture {
  picture: CanvasImageSource;
  width: number;
  height: number;
  box: number[];
}

/** What of a panel is saved as a picture. */
interface ExportedPanel {
  title: string;
  pictures: { canvas: HTMLCanvasElement; caption: string; wide?: boolean }[];
  lines: string[];
  bar: { from: number; to: number; colour: (share: number) => number[] } | null;
}

/** What the charts of one screen look at together. */
interface ChartView {
  runs: ChartRun[];
  several: boolean;
  isZoomed: boolean;
  range(): number[];
  axis(run?: ChartRun): import("./data/axis.js").Axis;
}

/** What the functions that make a chart's lines hand each other. */
interface Pen {
  spec: ChartSpec;
  run: ChartRun;
  range: number[];
  several: boolean;
  zoomed: boolean;
  axis: import("./data/axis.js").Axis;
  keys: any[]; // gets all that says whether points were only added at the ends
}

/** A map of attention: values row by row. */
interface PackedMap {
  shape: number[];
  values: Float32Array | number[];
}

/** The answer of /api/maps/ITERATION, its gates unpacked. */
interface MapMoment {
  gates: Record<string, { shape: number[]; values: Float32Array }>;
  transformer?: string[];
  [field: string]: any;
}

/** A div that Plotly has drawn into. */
type PlotElement = HTMLDivElement & Record<"_fullLayout" | "data" | "layout" | "on", any>;

interface Window {
  Plotly: any; // vendored without types
}

interface ParentNode {
  querySelector<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): HTMLElementTagNameMap[Tag] | null;
  querySelector(selectors: string): HTMLElement | null; // the page looks for HTML elements only
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

interface Element {
  closest<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): HTMLElementTagNameMap[Tag] | null;
  closest(selectors: string): HTMLElement | null;
}
