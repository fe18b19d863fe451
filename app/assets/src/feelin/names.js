// Reads an expression without evaluating it: the variables it needs, the functions it calls, and what is wrong with it.
import { builtins, compile, parse, UNSUPPORTED } from '@bpmn-io/feelin';

const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u;

function children(node) {
  const found = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    found.push(child);
  }
  return found;
}

class Reader {
  constructor(expression, known) {
    this.expression = expression;
    this.known = new Set(known);
    this.names = new Set();
    this.fault = null;
  }

  text(node) {
    return this.expression.slice(node.from, node.to).replace(/\s+/g, ' ').replace(/`/g, '');
  }

  refuse(message) {
    this.fault = this.fault ?? message;
  }

  visit(node, scope) {
    if (node.type.isError) {
      this.refuse(this.syntaxFault(node));
      return;
    }
    const visitor = this[`visit${node.name}`];
    if (visitor) {
      visitor.call(this, node, scope);
    } else {
      this.visitAll(children(node), scope);
    }
  }

  visitAll(nodes, scope) {
    nodes.forEach((node) => this.visit(node, scope));
  }

  syntaxFault(node) {
    const rest = this.expression.slice(node.from).trim();
    return rest ? `在“${rest.slice(0, 20)}”处无法理解` : '表达式没有写完';
  }

  visitVariableName(node, scope) {
    this.visitAll(children(node).filter((child) => child.type.isError), scope);
    const name = this.text(node);
    if (scope.has(name) || Object.hasOwn(builtins, name)) {
      return;
    }
    if (!PLAIN.test(name) && !this.known.has(name)) {
      this.refuse(`“${name}”不是变量名：变量名之间缺少运算符，或者用了全角符号`);
    } else if (!scope.has(FIELDS)) {
      this.names.add(name);
    }
  }

  visitPathExpression(node, scope) {
    const [target, ...rest] = children(node);
    this.visit(target, scope);
    this.visitAll(rest.filter((child) => child.type.isError), scope);
  }

  visitFunctionInvocation(node, scope) {
    const [target, ...rest] = children(node);
    const name = this.text(target);
    if (target.name !== 'VariableName') {
      this.visit(target, scope);
    } else if (UNSUPPORTED.includes(name)) {
      this.refuse(`不支持函数“${name}”`);
    } else if (!scope.has(name) && !Object.hasOwn(builtins, name)) {
      this.refuse(`没有名为“${name}”的函数`);
    }
    this.visitAll(rest, scope);
  }

  // A date written out in full can be tried at once: 30 February is none.
  visitDateTimeLiteral(node, scope) {
    const text = this.expression.slice(node.from, node.to);
    if (/^(@|[a-z ]+\(\s*)"[^"]*"\s*\)?$/.test(text) && compile('expression', text)({}).value === null) {
      this.refuse(`“${text}”不是有效的日期、时间或时长`);
    }
    this.visitAll(children(node), scope);
  }

  visitNamedParameter(node, scope) {
    this.visitAll(children(node).slice(1), scope);
  }

  visitInstanceOfExpression() {
    this.refuse('不支持 instance of');
  }

  visitComparison(node, scope) {
    const [, operator, operand] = children(node);
    if (operator?.name === 'CompareOp' && operand?.name === 'SimplePositiveUnaryTest') {
      this.refuse('连写了两个比较符号：相等写一个等号“=”，不等写“!=”');
    }
    this.visitAll(children(node), scope);
  }

  visitFilterExpression(node, scope) {
    const [target, ...rest] = children(node);
    this.visit(target, scope);
    // Inside a filter a name may be a field of the items, which nothing here can know.
    this.visitAll(rest, new Set([...scope, 'item', FIELDS]));
  }

  visitForExpression(node, scope) {
    this.visitBinding(node, new Set([...scope, 'partial']));
  }

  visitQuantifiedExpression(node, scope) {
    this.visitBinding(node, scope);
  }

  visitBinding(node, scope) {
    const bound = new Set(scope);
    for (const child of children(node)) {
      if (child.name === 'InExpressions') {
        for (const binding of children(child)) {
          const [name, ...rest] = children(binding);
          this.visitAll(rest, new Set(bound));
          bound.add(this.text(name));
        }
      } else {
        this.visit(child, bound);
      }
    }
  }

  visitFunctionDefinition(node, scope) {
    const parameters = children(node).filter((child) => child.name === 'FormalParameters');
    const names = parameters.flatMap(children).map((child) => this.text(child).split(':')[0].trim());
    this.visitAll(children(node).filter((child) => !parameters.includes(child)), new Set([...scope, ...names]));
  }

  visitContext(node, scope) {
    const bound = new Set(scope);
    for (const entry of children(node)) {
      const [key, ...values] = children(entry);
      this.visitAll(values, new Set(bound));
      if (entry.type.isError) {
        this.visit(entry, bound);
      } else if (key) {
        bound.add(this.text(key));
      }
    }
  }
}

const FIELDS = Symbol('fields of the items');

// { names: [...] } or { error: "…" }; `known` are further names that may be written with spaces.
export function read(kind, expression, known) {
  if (!expression.trim()) {
    return { error: '表达式是空的' };
  }
  const reader = new Reader(expression, known);
  reader.visit(parse(kind, expression).topNode, new Set());
  return reader.fault ? { error: reader.fault } : { names: [...reader.names].sort() };
}
