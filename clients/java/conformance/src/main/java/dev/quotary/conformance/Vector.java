package dev.quotary.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * One question and what a right answer to it holds, as the kit's {@code vectors.json} has it.
 *
 * @param id unique over all vectors
 * @param topic area and file ({@code tax/canada})
 * @param call service and method ({@code TaxService.CalculateTax})
 * @param requests the messages to send, in proto3 JSON; one, unless the call takes a stream
 * @param expect what the answer holds; of a call that answers with a stream a list; null for none
 * @param readings the readings of which one has to agree; empty unless the point is contested
 * @param error the failure that is expected; null for an answer
 * @param told the lines of a report: sum by hand, passages, rules, rulings
 */
record Vector(
    String id,
    String topic,
    String call,
    List<JsonElement> requests,
    JsonElement expect,
    List<Reading> readings,
    JsonObject error,
    String title,
    List<String> told) {

  /** One reading of a contested point. */
  record Reading(String ruling, String id, JsonElement expect) {}

  static Vector of(JsonObject row) {
    JsonElement request = row.get("request");
    List<Reading> readings = new ArrayList<>();
    for (JsonElement each : row.getAsJsonArray("readings")) {
      JsonObject reading = each.getAsJsonObject();
      readings.add(
          new Reading(text(reading, "ruling"), text(reading, "id"), reading.get("expect")));
    }
    return new Vector(
        text(row, "id"),
        text(row, "topic"),
        text(row, "call"),
        request.isJsonArray() ? request.getAsJsonArray().asList() : List.of(request),
        row.get("expect"),
        readings,
        row.getAsJsonObject("error"),
        text(row, "title"),
        told(row));
  }

  /** Topic and id. */
  String name() {
    return topic + "/" + id;
  }

  /** The first part of the name. */
  String area() {
    return topic.split("/")[0];
  }

  private static List<String> told(JsonObject row) {
    List<String> lines = new ArrayList<>();
    text(row, "working").lines().forEach(line -> lines.add("| " + line));
    for (JsonElement each : list(row, "cites")) {
      lines.add("passage " + about(each.getAsJsonObject(), "passage", "heading"));
    }
    for (JsonElement each : list(row, "rules")) {
      if (each.getAsJsonObject().get("named").getAsBoolean()) {
        lines.add("rule " + about(each.getAsJsonObject(), "id", "statement"));
      }
    }
    for (JsonElement each : list(row, "rulings")) {
      lines.add("ruling " + about(each.getAsJsonObject(), "id", "title"));
    }
    return lines;
  }

  private static String about(JsonObject row, String id, String words) {
    String said = text(row, words);
    return text(row, id) + (said.isEmpty() ? "" : ": " + said);
  }

  private static JsonArray list(JsonObject row, String name) {
    return row.has(name) ? row.getAsJsonArray(name) : new JsonArray();
  }

  private static String text(JsonObject row, String name) {
    return row.has(name) && !row.get(name).isJsonNull() ? row.get(name).getAsString() : "";
  }
}
