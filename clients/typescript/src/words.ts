/** Values in one line, as vector files write them. */
import { type DescField, toJson } from "@bufbuild/protobuf";
import type { ReflectList, ReflectMap, ReflectMessage } from "@bufbuild/protobuf/reflect";

import { moneyText } from "./figures.js";
import type { Date as DateMessage } from "./gen/google/type/date_pb.js";
import type { Money } from "./gen/google/type/money_pb.js";
import { isObject, nodeOf } from "./matcher.js";

/** An expectation as a vector file has it, without the names of its nodes. */
export function plain(expect: unknown): unknown {
  const [kind, of] = nodeOf(expect);
  if (kind === "absent") return "absent";
  if (kind === "message" && isObject(of)) return amountOrDay(of);
  if (kind === "fields" || kind === "map") {
    return Object.fromEntries(Object.entries(of as object).map(([name, each]) => [name, plain(each)]));
  }
  if (Array.isArray(of) && kind !== "value") {
    const told = of.map(plain);
    return kind === "list" ? told : { [kind]: told };
  }
  return kind ? of : expect;
}

function amountOrDay(of: Record<string, unknown>): unknown {
  const { currency_code: currencyCode, units = "0", nanos = 0, year, month, day } = of;
  if (typeof currencyCode === "string") {
    return moneyText({ currencyCode, units: BigInt(String(units)), nanos: Number(nanos) });
  }
  return year !== undefined && month !== undefined && day !== undefined
    ? dayText({ year: Number(year), month: Number(month), day: Number(day) })
    : of;
}

function dayText({ year, month, day }: Pick<DateMessage, "year" | "month" | "day">): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** A message as a vector file would have it: what is set, dates and amounts in their short forms. */
export function short(message: ReflectMessage): unknown {
  const { typeName } = message.desc;
  if (typeName === "google.type.Money") return moneyText(message.message as Money);
  if (typeName === "google.type.Date") return dayText(message.message as DateMessage);
  if (typeName.startsWith("google.protobuf.")) return toJson(message.desc, message.message);
  return Object.fromEntries(
    message.sortedFields
      .filter(field => message.isSet(field))
      .map(field => [
        field.name,
        field.fieldKind === "list"
          ? shortList(message.get(field), field)
          : field.fieldKind === "map"
            ? shortMap(message.get(field), field)
            : shortScalar(message.get(field), field),
      ]),
  );
}

/** A list as a vector file would have it. */
export function shortList(values: ReflectList, field: DescField): unknown[] {
  return [...values].map(each => shortScalar(each, field));
}

/** A map as a vector file would have it. */
export function shortMap(values: ReflectMap, field: DescField): unknown {
  const entries = [...values].map(([key, each]): [string, unknown] => [String(key), shortScalar(each, field)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One value of a field, or one entry of its list or map. */
export function shortScalar(value: unknown, field: DescField): unknown {
  if (field.message) return short(value as ReflectMessage);
  if (field.enum) return field.enum.value[value as number]?.name ?? value;
  return value;
}

/** A value in one line. */
export function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (isObject(value)) {
    return `{${Object.entries(value)
      .map(([key, each]) => `${key}: ${text(each)}`)
      .join(", ")}}`;
  }
  switch (typeof value) {
    case "string":
      return value === "" || value.trim() !== value || /[,[\]{}]/.test(value) ? JSON.stringify(value) : value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
  }
  return "nothing";
}
