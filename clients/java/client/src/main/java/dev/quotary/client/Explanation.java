package dev.quotary.client;

import com.google.type.Money;
import dev.quotary.v1.Answer;
import dev.quotary.v1.Citation;
import dev.quotary.v1.PriceQuoteResponse;
import dev.quotary.v1.Reason;
import dev.quotary.v1.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Answers as text that a person reads. Every text ends with a line break; an empty one is empty.
 */
public final class Explanation {
  private static final String UNDECIDED = "undecided";

  private Explanation() {}

  /**
   * The totals of a priced order, and the rule and passages of its fee.
   *
   * @param priced an answer in VIEW_FULL; otherwise the passages are left out
   */
  public static String receipt(PriceQuoteResponse priced) {
    List<String[]> rows = new ArrayList<>();
    rows.add(row("net", priced.hasNetTotal(), priced.getNetTotal()));
    if (priced.hasFee()) {
      rows.add(row("fee", priced.getFee().hasAmount(), priced.getFee().getAmount()));
    }
    for (var tax : priced.getTaxComponentsList()) {
      String label = (tax.getTax() + " " + tax.getRegionCode()).strip();
      rows.add(row(label, tax.hasAmount(), tax.getAmount()));
    }
    rows.add(row("total", priced.hasTotal(), priced.getTotal()));
    int label = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
    int amount = rows.stream().mapToInt(row -> row[1].length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    String format = "%-" + label + "s  %" + amount + "s\n";
    rows.forEach(row -> text.append(format.formatted((Object[]) row)));
    if (priced.hasFee()) {
      text.append(feeRule(priced.getFee().getRuleId(), priced.getAnswer()));
    }
    return text.toString();
  }

  /** The receipt of a priced order, and the explanation of its answer. */
  public static String explain(PriceQuoteResponse priced) {
    return receipt(priced) + "\n" + explain(priced.getAnswer());
  }

  /** The whole answer: outcome, reasons, what is missing, and each step with its passages. */
  public static String explain(Answer answer) {
    StringBuilder text = new StringBuilder();
    text.append(word(answer.getOutcome())).append(", edition ").append(answer.getEdition());
    text.append("\n").append(reasons(answer));
    answer.getStepsList().forEach(step -> text.append(told(step)));
    if (answer.getStepsOmitted() > 0) {
      text.append(answer.getStepsOmitted()).append(" more steps\n");
    }
    return text.toString();
  }

  /**
   * The reasons of an answer, a line each, and a line for each path of the request that is missing.
   */
  public static String reasons(Answer answer) {
    StringBuilder text = new StringBuilder();
    answer.getReasonsList().forEach(reason -> text.append(reason(reason)).append("\n"));
    answer.getMissingList().forEach(path -> text.append("missing ").append(path).append("\n"));
    return text.toString();
  }

  /** A reason in one line: what it decides, what it concerns, the facts, and what to do next. */
  public static String reason(Reason reason) {
    StringBuilder text = new StringBuilder(word(reason.getOutcome()) + " " + reason.getCode());
    if (!reason.getSubject().isEmpty()) {
      text.append(" ").append(reason.getSubject());
    }
    text.append(": ").append(reason.getText());
    if (reason.getMetadataCount() > 0) {
      text.append(
          new TreeMap<>(reason.getMetadataMap())
              .entrySet().stream()
                  .map(fact -> fact.getKey() + " " + fact.getValue())
                  .collect(Collectors.joining(", ", " (", ")")));
    }
    if (!reason.getRemedy().isEmpty()) {
      text.append(" Next: ").append(reason.getRemedy());
    }
    return text.toString();
  }

  private static String[] row(String label, boolean decided, Money amount) {
    return new String[] {label, decided ? Amounts.text(amount) : UNDECIDED};
  }

  private static String feeRule(String rule, Answer answer) {
    String passages =
        answer.getStepsList().stream()
            .filter(step -> step.getId().equals(rule))
            .findFirst()
            .map(step -> passages(step))
            .orElse("");
    return "fee by rule " + rule + (passages.isEmpty() ? "" : ", passage " + passages) + "\n";
  }

  private static String told(Step step) {
    String about = step.getSubject().isEmpty() ? "" : " on " + step.getSubject();
    String inputs =
        step.getInputsList().stream()
            .map(fact -> fact.getName() + " " + fact.getValue())
            .collect(Collectors.joining(", "));
    String rests = passages(step);
    if (step.getRulingsCount() > 0) {
      rests += (rests.isEmpty() ? "" : "; ") + String.join(", ", step.getRulingsList());
    }
    return step.getId()
        + about
        + ": "
        + step.getStatement()
        + "\n  "
        + (inputs.isEmpty() ? "" : inputs + " -> ")
        + step.getResult()
        + "\n"
        + (rests.isEmpty() ? "" : "  " + rests + "\n");
  }

  private static String passages(Step step) {
    return step.getCitationsList().stream()
        .map(Explanation::passage)
        .collect(Collectors.joining(", "));
  }

  private static String passage(Citation citation) {
    String first = citation.getDocument() + ":" + citation.getFirstLine();
    return citation.getLastLine() > citation.getFirstLine()
        ? first + "-" + citation.getLastLine()
        : first;
  }

  private static String word(Enum<?> outcome) {
    return outcome.name().replaceFirst("^OUTCOME_", "");
  }
}
