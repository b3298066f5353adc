import type { Command } from 'commander';

type Register = (program: Command) => void;

/** Every command: its line in the help, and the module that is loaded only when it is used. */
export const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<Register> }>> = {
  run: {
    summary: 'run suites: measure, then write the record and its reports',
    load: async () => (await import('./run.ts')).registerRun,
  },
  list: {
    summary: 'list suites, data sets, models, backends, protocols and report formats',
    load: async () => (await import('./list.ts')).registerList,
  },
  validate: {
    summary: 'check suites and cards without running them',
    load: async () => (await import('./validate.ts')).registerValidate,
  },
  init: {
    summary: 'write a model card and a suite for an ONNX file of yours',
    load: async () => (await import('./init.ts')).registerInit,
  },
  report: {
    summary: 'write any report of a past run, without running again',
    load: async () => (await import('./report.ts')).registerReport,
  },
  score: {
    summary: 'score predictions made anywhere against truth',
    load: async () => (await import('./score.ts')).registerScore,
  },
  rescore: {
    summary: "score a run's stored predictions again, by any protocols",
    load: async () => (await import('./rescore.ts')).registerRescore,
  },
  doctor: {
    summary: 'try the usual mistakes on a run or on predictions: which would move the figures how far',
    load: async () => (await import('./doctor.ts')).registerDoctor,
  },
  label: {
    summary: "label a data set's images by a network, and measure how good the labels are",
    load: async () => (await import('./label.ts')).registerLabel,
  },
  data: { summary: 'find, verify and fetch data sets', load: async () => (await import('./data.ts')).registerData },
  models: {
    summary: 'inspect, import, convert and fetch networks and checkpoints',
    load: async () => (await import('./models.ts')).registerModels,
  },
  train: {
    summary: 'train a network by a recipe, on any data set of the harness',
    load: async () => (await import('./train.ts')).registerTrain,
  },
  schema: {
    summary: 'print the JSON Schema of suites and cards',
    load: async () => (await import('./schema.ts')).registerSchema,
  },
};
