package dev.quotary.conformance;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import com.google.type.Date;
import com.google.type.Money;
import dev.quotary.client.Amounts;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Values in a line of text, as they stand in a vector file: 2021-10-12, 13.50 USD, {lines: [1]}.
 */
final class Words {
  static final JsonElement ABSENT = new JsonPrimitive("absent");

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private Words() {}

  /** A message in proto3 JSON. */
  static JsonElement json(MessageOrBuilder message) {
    try {
      return JsonParser.parseString(
          JsonFormat.printer()
              .preservingProtoFieldNames()
              .omittingInsignificantWhitespace()
              .print(message));
    } catch (InvalidProtocolBufferException unknownType) {
      return new JsonPrimitive(message.toString());
    }
  }

  /** What a matcher expects, without the words that say how it is compared. */
  static JsonElement plain(JsonElement matcher) {
    Map.Entry<String, JsonElement> node = Matcher.node(matcher);
    JsonElement of = node.getValue();
    return switch (node.getKey()) {
      case "absent" -> JsonNull.INSTANCE;
      case "list" -> all(of.getAsJsonArray());
      case "any_order", "contains" -> single(node.getKey(), all(of.getAsJsonArray()));
      case "fields", "map" -> {
        JsonObject object = new JsonObject();
        of.getAsJsonObject().asMap().forEach((name, each) -> object.add(name, plain(each)));
        yield object;
      }
      default -> of;
    };
  }

  private static JsonArray all(JsonArray matchers) {
    JsonArray list = new JsonArray();
    matchers.forEach(each -> list.add(plain(each)));
    return list;
  }

  static JsonObject single(String name, JsonElement value) {
    JsonObject object = new JsonObject();
    object.add(name, value);
    return object;
  }

  /** A value of a field, or an entry of its list, as vector files write it. */
  static JsonElement brief(Object value, FieldDescriptor field) {
    if (value instanceof Money money) {
      return new JsonPrimitive(amount(money));
    }
    if (value instanceof Date date) {
      return new JsonPrimitive(day(date.getYear(), date.getMonth(), date.getDay()));
    }
    if (value instanceof Message message) {
      return message.getDescriptorForType().getFullName().startsWith("google.protobuf.")
          ? json(message)
          : brief(message);
    }
    if (value instanceof EnumValueDescriptor constant) {
      return new JsonPrimitive(constant.getName());
    }
    if (value instanceof Boolean yes) {
      return new JsonPrimitive(yes);
    }
    return value instanceof Number number
        ? new JsonPrimitive(number)
        : new JsonPrimitive(value.toString());
  }

  private static JsonObject brief(Message message) {
    JsonObject object = new JsonObject();
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (field.isMapField()) {
                object.add(field.getName(), json(message).getAsJsonObject().get(field.getName()));
              } else if (value instanceof List<?> list) {
                object.add(field.getName(), brief(list, field));
              } else {
                object.add(field.getName(), brief(value, field));
              }
            });
    return object;
  }

  static JsonArray brief(List<?> values, FieldDescriptor field) {
    JsonArray list = new JsonArray();
    values.forEach(each -> list.add(brief(each, field)));
    return list;
  }

  /** A value in one line. */
  static String text(JsonElement value) {
    if (value.isJsonNull()) {
      return "nothing";
    }
    if (value instanceof JsonArray list) {
      return list.asList().stream().map(Words::text).collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof JsonObject object) {
      return text(object);
    }
    JsonPrimitive scalar = value.getAsJsonPrimitive();
    String text = scalar.getAsString();
    boolean quoted =
        text.isEmpty() || !text.equals(text.strip()) || text.matches(".*[,\\[\\]{}].*");
    return scalar.isString() && quoted ? GSON.toJson(scalar) : text;
  }

  private static String text(JsonObject object) {
    if (object.keySet().equals(java.util.Set.of("currency_code", "units", "nanos"))) {
      return amount(
          Money.newBuilder()
              .setCurrencyCode(object.get("currency_code").getAsString())
              .setUnits(object.get("units").getAsLong())
              .setNanos(object.get("nanos").getAsInt())
              .build());
    }
    if (object.keySet().equals(java.util.Set.of("year", "month", "day"))) {
      return day(
          object.get("year").getAsInt(),
          object.get("month").getAsInt(),
          object.get("day").getAsInt());
    }
    return object.asMap().entrySet().stream()
        .map(each -> each.getKey() + ": " + text(each.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String day(int year, int month, int day) {
    return "%04d-%02d-%02d".formatted(year, month, day);
  }

  private static String amount(Money money) {
    try {
      return Amounts.text(money);
    } catch (IllegalArgumentException contradictsItself) {
      return GSON.toJson(json(money));
    }
  }
}
