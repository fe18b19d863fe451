// The entry that Python calls. A context comes as JSON text, so that none of its keys is ever read as code.
import { compile, Fault, getType, setNow, setWorkingDays, toJson, typed } from '@bpmn-io/feelin';
import { read } from './names.js';

const CACHE_SIZE = 2000;
const cache = new Map();

function compiled(kind, expression) {
  const key = `${kind} ${expression}`;
  let run = cache.get(key);
  if (!run) {
    if (cache.size >= CACHE_SIZE) {
      cache.clear();
    }
    run = compile(kind, expression);
    cache.set(key, run);
  }
  return run;
}

function warningOf({ type, details, position }, expression) {
  return { type, at: expression.slice(position.from, position.to), ...details.values };
}

// One input of a decision table: its value, and which of the tests it passes.
function column({ expression, type, tests }, context) {
  const input = compiled('expression', expression)(context);
  const value = typed(input.value, type);
  const tested = { ...context, '?': value };
  return {
    value: toJson(value),
    type: getType(value),
    warnings: input.warnings.map((warning) => warningOf(warning, expression)),
    tests: tests.map((test) => {
      const { value: passed, warnings } = compiled('unary', test)(tested);
      return { passed: passed === true, warnings: warnings.map((warning) => warningOf(warning, test)) };
    }),
  };
}

function answer(work) {
  try {
    return work();
  } catch (fault) {
    return { error: String(fault.message), ours: fault instanceof Fault };
  }
}

globalThis.feel = {
  evaluate: (kind, expression, context, now) => answer(() => {
    setNow(now);
    const { value, warnings } = compiled(kind, expression)(JSON.parse(context));
    return { value: toJson(value), warnings: warnings.map((warning) => warningOf(warning, expression)) };
  }),
  columns: (columns, context, now) => answer(() => {
    setNow(now);
    const variables = JSON.parse(context);
    return { columns: columns.map((each) => column(each, variables)) };
  }),
  read: (kind, expression, known) => answer(() => read(kind, expression, known)),
  setWorkingDays: (days) => answer(() => {
    setWorkingDays(days);
    return {};
  }),
};
