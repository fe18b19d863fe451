// The rules of this application inside feelin's interpreter. The build reads this file at the end of feelin's module, so
// the names not declared here (evalNode, builtins, getType, …) are feelin's own, and its functions may be replaced.
//
// - Every instant is read and written in Asia/Shanghai (+08:00; no summer time), whatever zone the machine is in.
// - Values of two types are never compared in silence: the result is null, and a warning says so.
// - A variable that may be missing is tested with `x = null`, `is defined(x)` or `get or else(x, y)`.
// - Numbers are doubles, rounded to the 15 digits that they hold after each operation, so that 0.1 + 0.2 = 0.3.
import { Settings } from 'luxon';

const SHANGHAI = FixedOffsetZone.instance(8 * 60);
const UTC = FixedOffsetZone.utcInstance;
const TEMPORAL = ['date', 'time', 'date time'];
const ORDERED = ['number', 'string', 'duration', ...TEMPORAL];

Settings.defaultZone = SHANGHAI;
Settings.defaultLocale = 'en-US';

// The interpreter context of the evaluation under way: built-in functions report to it.
let current = new InterpreterContext();
let workingDays = [];

class Fault extends Error {}

function complain(node, type, values) {
  current.addWarning(node, type, { template: type, values });
  return null;
}

const NOWHERE = { position: { from: 0, to: 0 } };

function exact(number) {
  return Number.isFinite(number) && !Number.isSafeInteger(number) ? Number(number.toPrecision(15)) : number;
}

// A difference is as exact as what it was made of: of 100 - 99.999999 only twelve decimals mean anything.
function exactSum(number, ...parts) {
  const decimals = 14 - Math.floor(Math.log10(Math.max(...parts.map(Math.abs))));
  return decimals >= 0 && decimals <= 100 && Number.isFinite(number) ? Number(number.toFixed(decimals)) + 0 : exact(number);
}

// --- dates -------------------------------------------------------------------------------------------------------------

function valid(value, source) {
  return value.isValid ? value : complain(NOWHERE, 'NOT_A_DATE', { found: source });
}

// A date is kept as midnight UTC: that is how feelin tells it from a date and time.
function dateOf(value) {
  if (isType(value, 'date')) {
    return value;
  }
  const instant = isString(value) ? dateTimeOf(value) : value;
  return isDateTime(instant) ? instant.setZone(SHANGHAI).setZone(UTC, { keepLocalTime: true }).startOf('day') : null;
}

function dateTimeOf(value) {
  if (isType(value, 'date')) {
    return value.setZone(SHANGHAI, { keepLocalTime: true });
  }
  if (isDateTime(value)) {
    return value.setZone(SHANGHAI);
  }
  if (!isString(value) || !/^\d{4}-\d\d-\d\d(T|$)/.test(value)) {
    return complain(NOWHERE, 'NOT_A_DATE', { found: value });
  }
  return valid(DateTime.fromISO(value.replace(/@.*$/, ''), { zone: SHANGHAI }), value);
}

function timeOf(value) {
  if (isString(value)) {
    const text = value.includes('T') ? value.slice(value.indexOf('T') + 1) : value;
    return valid(DateTime.fromISO(`1900-01-01T${text}`, { zone: SHANGHAI }), value);
  }
  return isDateTime(value) ? value.setZone(SHANGHAI).set({ year: 1900, month: 1, day: 1 }) : null;
}

function isMonths(span) {
  const { years, months, ...rest } = span.toObject();
  return Object.values(rest).every((part) => !part);
}

// A duration as people write it. The interpreter holds the time between two dates in milliseconds.
function written(span) {
  return isMonths(span) ? span.shiftTo('years', 'months') : span.shiftTo('days', 'hours', 'minutes', 'seconds');
}

function durationToISO(span) {
  return written(span).toISO();
}

const feelinGetFromContext = getFromContext;
getFromContext = function (name, context) {
  return feelinGetFromContext(name, isType(context, 'duration') ? written(context) : context);
};

// The n-th working day after a day: looked up in the list of working days that the calendar supplied, never computed.
function workingDaysAfter(from, n) {
  const day = dateOf(from);
  if (!day || !Number.isInteger(n) || n < 0) {
    return null;
  }
  const start = day.toISODate();
  if (n === 0) {
    return day;
  }
  let low = 0;
  let high = workingDays.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (workingDays[middle] <= start) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const end = workingDays[low + n - 1];
  if (end === undefined || start < workingDays[0]) {
    throw new Fault(`工作日历没有覆盖 ${start} 之后的 ${n} 个工作日，请先维护相应年度的工作日历`);
  }
  return dateOf(end);
}

// --- functions ---------------------------------------------------------------------------------------------------------

function named(parameterNames, definition) {
  return Object.assign(definition, { $args: parameterNames });
}

function extreme(sign) {
  return named(['...list'], (...items) => {
    const list = items.length === 1 && isArray(items[0]) ? items[0] : items;
    const type = getType(list[0]);
    if (!ORDERED.includes(type) || list.some((item) => !isType(item, type))) {
      return null;
    }
    return list.reduce((best, item) => (sign * order(item, best, type) > 0 ? item : best));
  });
}

const { number: parseNumber, sum: addUp, mean: average, time: makeTime } = builtins;

Object.assign(builtins, {
  'now': named([], () => DateTime.now()),
  'today': named([], () => dateOf(DateTime.now())),
  'date': named(['from', 'month', 'day'], (from, month, day) => {
    if (isNumber(from)) {
      return valid(DateTime.fromObject({ year: from, month, day }, { zone: UTC }), `${from}-${month}-${day}`);
    }
    return isNil(from) ? null : dateOf(from);
  }),
  'date and time': named(['from', 'time'], (from, time) => {
    if (isNil(from) || isNil(time)) {
      return isNil(from) || time === null ? null : dateTimeOf(from);
    }
    const day = dateOf(from);
    const { hour, minute, second } = time;
    return day && isDateTime(time) ? dateTimeOf(day).set({ hour, minute, second }) : null;
  }),
  'time': named(['hour', 'minute', 'second'], (hour, minute, second) =>
    isNumber(hour) ? timeOf(makeTime(hour, minute, second).setZone(SHANGHAI, { keepLocalTime: true })) : isNil(hour) ? null : timeOf(hour)),
  '@': named(['string'], (text) => {
    if (/^-?P/.test(text)) {
      return valid(duration(text), text);
    }
    if (/^\d\d?:/.test(text)) {
      return timeOf(text);
    }
    return text.includes('T') ? dateTimeOf(text) : dateOf(text);
  }),
  'years and months duration': named(['from', 'to'], (from, to) => {
    if (isNil(from) || isNil(to)) {
      return null;
    }
    const { years, months } = dateOf(to).diff(dateOf(from), ['years', 'months']);
    return Duration.fromObject({ years: Math.trunc(years), months: Math.trunc(months) });
  }),
  'number': named(['from', 'grouping separator', 'decimal separator'], (from, grouping = null, decimal = null) =>
    isString(from) && from.trim() ? parseNumber(from, grouping, decimal) : isNumber(from) ? from : null),
  'sum': named(['...list'], (...items) => exactOrNull(addUp(...items))),
  'mean': named(['...list'], (...items) => exactOrNull(average(...items))),
  'min': extreme(-1),
  'max': extreme(1),
  'is defined': named(['value'], (value) => !isNil(value)),
  'get or else': named(['value', 'default'], (value, fallback) => (isNil(value) ? fallback : value)),
  'working days after': named(['date', 'n'], workingDaysAfter),
});

// Names of functions that hold a FEEL keyword are known to the parser only when it is told them.
const PARSER_NAMES = { 'get or else': null };
const UNSUPPORTED = Object.keys(builtins).filter((name) =>
  ['overlaps before', 'overlaps after', 'finishes', 'finished by', 'during', 'starts', 'started by', 'coincides'].includes(name));
const FORGIVING = ['is defined', 'get or else'];

function exactOrNull(value) {
  return isNumber(value) ? exact(value) : value;
}

const feelinToString = toString;
toString = function (value, wrap = false) {
  return isType(value, 'duration') ? durationToISO(value) : feelinToString(value, wrap);
};

// --- comparing ---------------------------------------------------------------------------------------------------------

function order(left, right, type) {
  if (type === 'duration') {
    return isMonths(left) && isMonths(right) ? left.as('months') - right.as('months') : left.toMillis() - right.toMillis();
  }
  if (type === 'string') {
    return left < right ? -1 : Number(left > right);
  }
  return left.valueOf() - right.valueOf();
}

// Null for two types that cannot be told apart by size; the warning names both.
function comparable(left, right, node) {
  const types = [getType(left), getType(right)];
  if (types[0] !== types[1]) {
    complain(node, 'NOT_COMPARABLE', { left: types[0], right: types[1] });
    return null;
  }
  if (types[0] === 'duration' && isMonths(left) !== isMonths(right)) {
    complain(node, 'NOT_COMPARABLE', { left: 'months', right: 'days' });
    return null;
  }
  return types[0];
}

const feelinEquals = equals;
equals = function (left, right, strict = false) {
  if (isNil(left) || isNil(right)) {
    return isNil(left) && isNil(right);
  }
  const type = getType(left);
  if (isArray(left) || isArray(right) || type !== getType(right)) {
    return feelinEquals(left, right, strict);
  }
  if (ORDERED.includes(type) && !strict) {
    return type === 'duration' && isMonths(left) !== isMonths(right) ? null : order(left, right, type) === 0;
  }
  return feelinEquals(left, right, strict);
};

function sameValue(left, right, node) {
  if (isNil(left) || isNil(right)) {
    return isNil(left) && isNil(right);
  }
  return isArray(left) || isArray(right) || comparable(left, right, node) ? equals(left, right) : null;
}

function compare(symbol, left, right, node) {
  if (symbol === '=') {
    return sameValue(left, right, node);
  }
  if (symbol === '!=') {
    const same = sameValue(left, right, node);
    return same === null ? null : !same;
  }
  if (isNil(left) || isNil(right)) {
    return null;
  }
  const type = comparable(left, right, node);
  if (!type) {
    return null;
  }
  if (!ORDERED.includes(type)) {
    return complain(node, 'NOT_COMPARABLE', { left: type, right: type });
  }
  const difference = order(left, right, type);
  return { '<': difference < 0, '<=': difference <= 0, '>': difference > 0, '>=': difference >= 0 }[symbol];
}

const feelinCreateRange = createRange;
createRange = function (start, end, startIncluded = true, endIncluded = true) {
  const range = feelinCreateRange(start, end, startIncluded, endIncluded);
  if (start === null && end === null) {
    return range;
  }
  range.includes = (value) => {
    const above = start === null ? true : compare(startIncluded ? '>=' : '>', value, start, NOWHERE);
    const below = end === null ? true : compare(endIncluded ? '<=' : '<', value, end, NOWHERE);
    return above === null || below === null ? null : above && below;
  };
  return range;
};

compareValue = function (test, value) {
  if (typeof test === 'function') {
    return test(value);
  }
  return test instanceof Range ? test.includes(value) : sameValue(value, test, NOWHERE);
};

// --- evaluating --------------------------------------------------------------------------------------------------------

function withoutWarnings(evaluate) {
  const mark = current.warnings.length;
  const value = evaluate();
  current.warnings.length = mark;
  return value;
}

function junction(node, args, decisive) {
  return tag((context) => {
    let unknown = false;
    for (const operand of [args[0], args[2]]) {
      const value = operand(context);
      if (value === decisive) {
        return decisive;
      }
      if (!isBoolean(value)) {
        unknown = true;
        if (!isNil(value)) {
          complain(node, 'NOT_BOOLEAN', { found: getType(value) });
        }
      }
    }
    return unknown ? null : !decisive;
  }, 'test');
}

function arithmetic(node, feelinOperator) {
  return (context) => (a, b) => {
    let left = a(context);
    let right = b(context);
    if (isNumber(left) && isNumber(right)) {
      if (node.input === '/' && right === 0) {
        return complain(node, 'DIVISION_BY_ZERO', {});
      }
      const result = feelinOperator(context)(() => left, () => right);
      return ['+', '-'].includes(node.input) ? exactSum(result, left, right) : exact(result);
    }
    // A date with hours added is an instant of that day in Shanghai.
    if (isType(left, 'date') && isDuration(right) && right.toMillis() % 86400000) {
      left = dateTimeOf(left);
    } else if (isDateTime(left) && isDateTime(right) && !comparable(left, right, node)) {
      return null;
    }
    return feelinOperator(context)(() => left, () => right);
  };
}

const overrides = {
  ArithOp: (node, args, feelin) => arithmetic(node, feelin),
  CompareOp: (node) => Object.assign(
    tag(() => (right) => (left) => compare(node.input, left, right, node), 'test'),
    { symbol: node.input },
  ),
  Conjunction: (node, args) => junction(node, args, false),
  Disjunction: (node, args) => junction(node, args, true),
  Comparison: (node, args, feelin) => {
    const [left, operator, right] = args;
    if (!['=', '!='].includes(operator.symbol) || (left.type !== 'nil' && right.type !== 'nil')) {
      return feelin;
    }
    return tag((context) => compare(
      operator.symbol, ...withoutWarnings(() => [left(context), right(context)]), node,
    ), 'test');
  },
  IfExpression: (node, args) => {
    const [, condition, , then, , otherwise] = args;
    return tag((context) => {
      const value = condition(context);
      if (!isBoolean(value) && !isNil(value)) {
        complain(node, 'NOT_BOOLEAN', { found: getType(value) });
      }
      if (value === true) {
        return then(context);
      }
      return otherwise ? otherwise(context) : null;
    }, coalecenseTypes(then, otherwise));
  },
  FunctionInvocation: (node, args, feelin) => {
    const name = node.input.slice(0, node.input.indexOf('(')).trim().replace(/\s+/g, ' ');
    return FORGIVING.includes(name) ? tag((context) => withoutWarnings(() => feelin(context)), 'any') : feelin;
  },
};

const feelinEvalNode = evalNode;
evalNode = function (node, args, interpreterContext) {
  const feelin = feelinEvalNode(node, args, interpreterContext);
  return Object.hasOwn(overrides, node.name) ? overrides[node.name](node, args, feelin) : feelin;
};

// An expression or a set of unary tests, made ready to be run many times: run(context) -> { value, warnings }.
function compile(kind, expression) {
  const own = new InterpreterContext();
  const { root } = kind === 'unary'
    ? interpreter.unaryTest(expression, PARSER_NAMES, undefined, own)
    : interpreter.evaluate(expression, PARSER_NAMES, undefined, own);
  return (context) => {
    own.warnings = [];
    current = own;
    const value = kind === 'unary' ? root(context)(context['?'] ?? null) : root(context);
    return { value, warnings: own.warnings };
  };
}

function parse(kind, expression) {
  return kind === 'unary' ? parseUnaryTests(expression, PARSER_NAMES) : parseExpression(expression, PARSER_NAMES);
}

// A stored value as a decision table's type: dates and durations are stored as ISO 8601 text.
function typed(value, type) {
  const convert = { date: dateOf, dateTime: dateTimeOf, time: timeOf, dayTimeDuration: duration, yearMonthDuration: duration }[type];
  return convert && isString(value) ? convert(value) : value;
}

function setWorkingDays(days) {
  workingDays = days;
}

function setNow(millis) {
  Settings.now = () => millis;
}

// What may leave the evaluator: JSON values; dates and durations become ISO 8601 text.
function toJson(value) {
  switch (getType(value)) {
    case 'nil': return null;
    case 'boolean':
    case 'string': return value;
    case 'number':
      if (!Number.isFinite(value)) {
        throw new Fault('计算结果不是有限的数字');
      }
      return value;
    case 'list': return value.map(toJson);
    case 'context': return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toJson(entry)]));
    case 'date': return value.toISODate();
    case 'time': return value.toISOTime({ suppressMilliseconds: true, includeOffset: false });
    case 'date time': return value.setZone(SHANGHAI).toISO({ suppressMilliseconds: true });
    case 'duration': return durationToISO(value);
    default: throw new Fault('计算结果不是可以保存的值（得到的是区间或函数）');
  }
}

export { builtins, compile, Fault, getType, parse, setNow, setWorkingDays, toJson, typed, UNSUPPORTED };
