/** Expectations of the kit against answers. A node is an object with one key, which says how it is compared. */
import { type DescField, type JsonValue, type Message, ScalarType, toJson } from "@bufbuild/protobuf";
import { reflect, type ReflectList, type ReflectMap, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import type { DescMessage } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

import { plain, short, shortList, shortMap, shortScalar, text } from "./words.js";

/** A place where an answer is not what was expected, in the words of the kit's own runner. */
export interface Difference {
  /** Field ("lines[0].net_amount"); empty for the answer as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** A difference in a line. */
export function differenceText({ path, expected, got }: Difference): string {
  return `${path || "answer"}: expected ${expected}, got ${got}`;
}

const ABSENT = "absent";

/** Every place where a message is not what an expectation of the kit asks; only what it names is compared. */
export function differences(expect: unknown, schema: DescMessage, message: Message, path = ""): Difference[] {
  return matchMessage(expect, reflect(schema, message), path);
}

function differs(path: string, expect: unknown, got: unknown): Difference[] {
  return [{ path, expected: text(plain(expect)), got: text(got) }];
}

/** An expectation taken apart: its kind, and what it holds. */
export function nodeOf(expect: unknown): [kind: string, of: unknown] {
  const entries = isObject(expect) ? Object.entries(expect) : [];
  return entries.length === 1 && entries[0] ? entries[0] : ["", undefined];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function named(of: unknown): [string, unknown][] {
  return isObject(of) ? Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
}

function matchMessage(expect: unknown, message: ReflectMessage, path: string): Difference[] {
  const [kind, of] = nodeOf(expect);
  const field = (name: string): DescField | undefined => message.fields.find(each => each.name === name);
  if (kind === "value") return matchValue(of, toJson(message.desc, message.message), path);
  if (kind === "message") {
    const agrees = named(of).every(([name, wanted]) => {
      const known = field(name);
      return known !== undefined && String(wanted) === String(shortScalar(message.get(known), known));
    });
    return agrees ? [] : differs(path, expect, short(message));
  }
  if (kind !== "fields") return differs(path, expect, short(message));
  return named(of).flatMap(([name, wanted]) => {
    const known = field(name);
    const here = path ? `${path}.${name}` : name;
    return known ? matchField(wanted, message, known, here) : differs(here, wanted, "no such field");
  });
}

function matchField(expect: unknown, message: ReflectMessage, field: DescField, path: string): Difference[] {
  const [kind, of] = nodeOf(expect);
  if (kind === "absent") {
    // Presence, or another value than the default: of lists and maps, any entry.
    return message.isSet(field) ? [{ path, expected: ABSENT, got: text(shortField(message, field)) }] : [];
  }
  if (field.fieldKind === "map") {
    if (kind !== "map") return differs(path, expect, shortField(message, field));
    const values: ReflectMap = message.get(field);
    return named(of).flatMap(([key, wanted]) => {
      const here = `${path}[${key}]`;
      return values.has(key) ? matchOne(wanted, values.get(key), field, here) : differs(here, wanted, ABSENT);
    });
  }
  if (field.fieldKind === "list") {
    if (!Array.isArray(of)) return differs(path, expect, shortField(message, field));
    return matchList(kind, of, expect, message.get(field), field, path);
  }
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT && !message.isSet(field))
    return differs(path, expect, ABSENT);
  return matchOne(expect, message.get(field), field, path);
}

function shortField(message: ReflectMessage, field: DescField): unknown {
  if (field.fieldKind === "list") return shortList(message.get(field), field);
  if (field.fieldKind === "map") return shortMap(message.get(field), field);
  return shortScalar(message.get(field), field);
}

function matchOne(expect: unknown, value: unknown, field: DescField, path: string): Difference[] {
  if (field.message) return matchMessage(expect, value as ReflectMessage, path);
  const [kind, wanted] = nodeOf(expect);
  const actual = shortScalar(value, field);
  return kind === "equals" && scalarEquals(wanted, actual, field) ? [] : differs(path, expect, actual);
}

/** Whole numbers may be numbers or text; nothing else is the same in two kinds. */
function scalarEquals(wanted: unknown, actual: unknown, field: DescField): boolean {
  const whole = !field.enum && field.scalar !== ScalarType.STRING && field.scalar !== ScalarType.BOOL;
  if (whole && (typeof wanted === "number" || typeof wanted === "string")) return String(wanted) === String(actual);
  return wanted === actual;
}

function matchList(
  kind: string,
  wanted: unknown[],
  expect: unknown,
  values: ReflectList,
  field: DescField & { fieldKind: "list" },
  path: string,
): Difference[] {
  const entries = [...values];
  const shown = shortList(values, field);
  if (kind === "list") {
    if (wanted.length !== entries.length) return differs(path, expect, shown);
    return wanted.flatMap((each, i) => matchOne(each, entries[i], field, `${path}[${i}]`));
  }
  if (kind !== "any_order" && kind !== "contains") return differs(path, expect, shown);
  const found = unmatched(wanted, entries, field).flatMap(
    each => nearest(each, entries, field, path) ?? differs(path, { [kind]: [each] }, shown),
  );
  if (kind === "any_order" && wanted.length !== entries.length) found.push(...differs(path, expect, shown));
  return found;
}

/** Nodes without an entry of their own, in a largest matching of nodes to entries that agree. */
function unmatched(wanted: unknown[], entries: unknown[], field: DescField): unknown[] {
  const holder = new Map<number, number>();
  const place = (row: number, tried: Set<number>): boolean =>
    entries.some((entry, column) => {
      if (tried.has(column) || matchOne(wanted[row], entry, field, "").length > 0) return false;
      tried.add(column);
      const before = holder.get(column);
      if (before !== undefined && !place(before, tried)) return false;
      holder.set(column, row);
      return true;
    });
  return wanted.filter((_, row) => !place(row, new Set()));
}

/** Where the entry differs that is most like the one wanted; undefined when none is much like it. */
function nearest(wanted: unknown, entries: unknown[], field: DescField, path: string): Difference[] | undefined {
  const [kind, of] = nodeOf(wanted);
  if (kind === "value" || !isObject(of) || !field.message) return undefined;
  const found = entries.map((entry, i) => matchOne(wanted, entry, field, `${path}[${i}]`));
  const best = found.reduce((least, each) => (each.length < least.length ? each : least), found[0] ?? []);
  return best.length > 0 && 2 * best.length < Object.keys(of).length ? best : undefined;
}

/** A well-known type in its JSON form: objects may hold more keys, lists and scalars are equal. */
function matchValue(expect: unknown, actual: JsonValue | undefined, path: string): Difference[] {
  if (isObject(expect) && isObject(actual)) {
    return named(expect).flatMap(([key, wanted]) => {
      const here = path ? `${path}.${key}` : key;
      return key in actual
        ? matchValue(wanted, actual[key], here)
        : [{ path: here, expected: text(wanted), got: ABSENT }];
    });
  }
  if (Array.isArray(expect) && Array.isArray(actual) && expect.length === actual.length) {
    return expect.flatMap((each: unknown, i) => matchValue(each, actual[i], `${path}[${i}]`));
  }
  return expect === actual ? [] : [{ path, expected: text(expect), got: text(actual) }];
}
