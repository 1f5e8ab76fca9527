//! Answers as text for people.

use crate::google::r#type::Money;
use crate::v1::{AdministrationFee, Answer, Citation, Outcome, PriceQuoteResponse, Reason, Step};

impl Answer {
    /// The whole answer as text: outcome, reasons, what is missing, and, where it was asked with `View::Full`, every step
    /// with its rule, passages and rulings.
    pub fn explain(&self) -> String {
        let mut lines = vec![format!("{}, edition {}", outcome(self.outcome()), self.edition)];
        lines.extend(self.reason_lines());
        lines.extend(self.steps.iter().map(step_text));
        if self.steps_omitted > 0 {
            lines.push(format!("{} more steps", self.steps_omitted));
        }
        lines.join("\n") + "\n"
    }

    /// Each reason as a line, then a line for each path of the request that is missing.
    pub fn reason_lines(&self) -> Vec<String> {
        let missing = self.missing.iter().map(|path| format!("missing {path}"));
        self.reasons.iter().map(reason_line).chain(missing).collect()
    }
}

impl PriceQuoteResponse {
    /// The receipt, and the whole explanation of the answer.
    pub fn explain(&self) -> String {
        format!(
            "{}\n{}",
            self.receipt(),
            self.answer.clone().unwrap_or_default().explain()
        )
    }

    /// Net, fee, taxes and total in columns, and the rule and passages of the fee (these where it was asked with
    /// `View::Full`). An amount that is absent is `undecided`.
    pub fn receipt(&self) -> String {
        let mut rows = vec![("net".to_owned(), amount(self.net_total.as_ref()))];
        rows.extend(
            self.fee
                .iter()
                .map(|fee| ("fee".to_owned(), amount(fee.amount.as_ref()))),
        );
        rows.extend(self.tax_components.iter().map(|each| {
            (
                format!("{} {}", each.tax, each.region_code),
                amount(each.amount.as_ref()),
            )
        }));
        rows.push(("total".to_owned(), amount(self.total.as_ref())));
        let labels = rows
            .iter()
            .map(|(label, _)| label.chars().count())
            .max()
            .unwrap_or(0);
        let amounts = rows
            .iter()
            .map(|(_, amount)| amount.chars().count())
            .max()
            .unwrap_or(0);
        let mut text: String = rows
            .iter()
            .map(|(label, amount)| format!("{label:<labels$}  {amount:>amounts$}\n"))
            .collect();
        if let Some(fee) = &self.fee {
            text += &self.fee_line(fee);
        }
        text
    }

    fn fee_line(&self, fee: &AdministrationFee) -> String {
        let steps = self.answer.iter().flat_map(|answer| &answer.steps);
        let passages = steps
            .filter(|step| step.id == fee.rule_id)
            .take(1)
            .map(|step| passages(&step.citations))
            .find(|text| !text.is_empty());
        let passages = passages.map_or_else(String::new, |text| format!(", passage {text}"));
        format!("fee by rule {}{passages}\n", fee.rule_id)
    }
}

/// A reason as a line: outcome, code, what it is about, its sentence with the facts, and what to do next.
pub fn reason_line(reason: &Reason) -> String {
    let mut line = format!("{} {}", outcome(reason.outcome()), reason.code);
    if !reason.subject.is_empty() {
        line += &format!(" {}", reason.subject);
    }
    line += &format!(": {}", reason.text);
    if !reason.metadata.is_empty() {
        let mut facts: Vec<_> = reason
            .metadata
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        facts.sort();
        line += &format!(" ({})", facts.join(", "));
    }
    if !reason.remedy.is_empty() {
        line += &format!(" Next: {}", reason.remedy);
    }
    line
}

fn outcome(outcome: Outcome) -> &'static str {
    outcome.as_str_name().trim_start_matches("OUTCOME_")
}

fn amount(money: Option<&Money>) -> String {
    money.map_or_else(|| "undecided".to_owned(), Money::to_string)
}

/// A step of the trace: what it says and was given, its result, and the passages and rulings that it rests on.
pub fn step_text(step: &Step) -> String {
    let about = if step.subject.is_empty() {
        String::new()
    } else {
        format!(" on {}", step.subject)
    };
    let inputs: Vec<_> = step
        .inputs
        .iter()
        .map(|each| format!("{} {}", each.name, each.value))
        .collect();
    let given = if inputs.is_empty() {
        String::new()
    } else {
        format!("{} -> ", inputs.join(", "))
    };
    let mut text = format!("{}{about}: {}\n  {given}{}", step.id, step.statement, step.result);
    let rests_on = [passages(&step.citations), step.rulings.join(", ")];
    let rests_on: Vec<_> = rests_on
        .iter()
        .filter(|each| !each.is_empty())
        .map(String::as_str)
        .collect();
    if !rests_on.is_empty() {
        text += &format!("\n  {}", rests_on.join("; "));
    }
    text
}

fn passages(citations: &[Citation]) -> String {
    citations.iter().map(passage).collect::<Vec<_>>().join(", ")
}

fn passage(place: &Citation) -> String {
    if place.first_line == place.last_line {
        return format!("{}:{}", place.document, place.first_line);
    }
    format!("{}:{}-{}", place.document, place.first_line, place.last_line)
}
