package quotary

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/type/money"

	quotaryv1 "quotary.dev/go/quotary/v1"
)

const undecided = "undecided"

// OutcomeText is an outcome in a word: "GRANTED", "REFUSED", "UNDETERMINED" or "NOT_COVERED".
func OutcomeText(outcome quotaryv1.Outcome) string {
	return strings.TrimPrefix(outcome.String(), "OUTCOME_")
}

// ReasonLines says in a line each why an answer is as it is, and which fields of the request are missing.
func ReasonLines(answer *quotaryv1.Answer) []string {
	var lines []string
	for _, reason := range answer.GetReasons() {
		lines = append(lines, ReasonText(reason))
	}
	for _, path := range answer.GetMissing() {
		lines = append(lines, "missing "+path)
	}
	return lines
}

// ReasonText is a reason in a line, with its facts and what to do next.
func ReasonText(reason *quotaryv1.Reason) string {
	line := OutcomeText(reason.GetOutcome()) + " " + reason.GetCode()
	if reason.GetSubject() != "" {
		line += " " + reason.GetSubject()
	}
	if reason.GetText() != "" {
		line += ": " + reason.GetText()
	}
	if facts := reason.GetMetadata(); len(facts) > 0 {
		var told []string
		for _, name := range slices.Sorted(maps.Keys(facts)) {
			told = append(told, name+" "+facts[name])
		}
		line += " (" + strings.Join(told, ", ") + ")"
	}
	if reason.GetRemedy() != "" {
		line += " Next: " + reason.GetRemedy()
	}
	return line
}

// Explain is the whole explanation of an answer: its outcome, its reasons, and each step of the trace with its rule,
// passages and rulings. Ask with VIEW_FULL for the steps.
func Explain(answer *quotaryv1.Answer) string {
	lines := []string{OutcomeText(answer.GetOutcome()) + ", edition " + answer.GetEdition()}
	lines = append(lines, ReasonLines(answer)...)
	for _, step := range answer.GetSteps() {
		lines = append(lines, stepLines(step)...)
	}
	if omitted := answer.GetStepsOmitted(); omitted > 0 {
		lines = append(lines, fmt.Sprintf("%d more steps", omitted))
	}
	return strings.Join(lines, "\n") + "\n"
}

// ExplainQuote is the receipt of a priced order and the explanation of its answer.
func ExplainQuote(quote *quotaryv1.PriceQuoteResponse) string {
	return Receipt(quote) + "\n" + Explain(quote.GetAnswer())
}

// StepText is a step of the trace in two or three lines: what was asked, what came of it, and what that rests on.
func StepText(step *quotaryv1.Step) string { return strings.Join(stepLines(step), "\n") }

func stepLines(step *quotaryv1.Step) []string {
	about := step.GetId()
	if step.GetSubject() != "" {
		about += " on " + step.GetSubject()
	}
	var inputs []string
	for _, input := range step.GetInputs() {
		inputs = append(inputs, input.GetName()+" "+input.GetValue())
	}
	result := step.GetResult()
	if len(inputs) > 0 {
		result = strings.Join(inputs, ", ") + " -> " + result
	}
	lines := []string{about + ": " + step.GetStatement(), "  " + result}
	var sources []string
	if passages := passagesText(step.GetCitations()); passages != "" {
		sources = append(sources, passages)
	}
	if rulings := step.GetRulings(); len(rulings) > 0 {
		sources = append(sources, strings.Join(rulings, ", "))
	}
	if len(sources) > 0 {
		lines = append(lines, "  "+strings.Join(sources, "; "))
	}
	return lines
}

// PassageText is a place in a document: "000:689" or "000:705-715".
func PassageText(passage *quotaryv1.Citation) string {
	text := fmt.Sprintf("%s:%d", passage.GetDocument(), passage.GetFirstLine())
	if passage.GetLastLine() > passage.GetFirstLine() {
		text += fmt.Sprintf("-%d", passage.GetLastLine())
	}
	return text
}

func passagesText(passages []*quotaryv1.Citation) string {
	var told []string
	for _, passage := range passages {
		told = append(told, PassageText(passage))
	}
	return strings.Join(told, ", ")
}

// Receipt is a priced order as a customer reads it: net, fee, each tax, total, and what the fee rests on.
func Receipt(quote *quotaryv1.PriceQuoteResponse) string {
	type row struct{ label, amount string }
	rows := []row{{"net", amountOrUndecided(quote.GetNetTotal())}}
	fee := quote.GetFee()
	if fee != nil {
		rows = append(rows, row{"fee", amountOrUndecided(fee.GetAmount())})
	}
	for _, tax := range quote.GetTaxComponents() {
		rows = append(rows, row{tax.GetTax() + " " + tax.GetRegionCode(), amountOrUndecided(tax.GetAmount())})
	}
	rows = append(rows, row{"total", amountOrUndecided(quote.GetTotal())})
	labels, amounts := 0, 0
	for _, each := range rows {
		labels = max(labels, utf8.RuneCountInString(each.label))
		amounts = max(amounts, utf8.RuneCountInString(each.amount))
	}
	var text strings.Builder
	for _, each := range rows {
		fmt.Fprintf(&text, "%-*s  %*s\n", labels, each.label, amounts, each.amount)
	}
	if fee != nil {
		text.WriteString("fee by rule " + fee.GetRuleId())
		steps := quote.GetAnswer().GetSteps()
		decided := slices.IndexFunc(steps, func(step *quotaryv1.Step) bool { return step.GetId() == fee.GetRuleId() })
		if decided >= 0 {
			if passages := passagesText(steps[decided].GetCitations()); passages != "" {
				text.WriteString(", passage " + passages)
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}

func amountOrUndecided(amount *money.Money) string {
	if amount == nil {
		return undecided
	}
	return MoneyText(amount)
}
