//! Amounts, decimals and dates: from the wire to what Rust has, and back.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use crate::google::r#type::{Date, Money};

/// A figure that is not as the contract wants it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{figure} is no {wanted}")]
pub struct FigureError {
    figure: String,
    wanted: &'static str,
}

impl FigureError {
    fn new(figure: impl fmt::Debug, wanted: &'static str) -> Self {
        Self {
            figure: format!("{figure:?}"),
            wanted,
        }
    }
}

const NANOS: i128 = 1_000_000_000;

/// Digits after the point of the currency's minor unit, ISO 4217: two, but for those named here.
fn digits(currency_code: &str) -> usize {
    match currency_code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

fn nanos_of_minor(currency_code: &str) -> i128 {
    NANOS / 10_i128.pow(digits(currency_code) as u32)
}

impl Money {
    /// An amount of whole minor units: 3000 of USD are 30.00 USD.
    pub fn from_minor(minor: i64, currency_code: &str) -> Self {
        let nanos = i128::from(minor) * nanos_of_minor(currency_code);
        Self {
            currency_code: currency_code.to_owned(),
            // A part of an i64, and less than a whole unit: both fit.
            units: (nanos / NANOS) as i64,
            nanos: (nanos % NANOS) as i32,
        }
    }

    /// The amount in whole minor units of its currency.
    ///
    /// # Errors
    /// It is no amount, is finer than the minor unit, or has more minor units than an i64 holds.
    pub fn minor(&self) -> Result<i64, FigureError> {
        let (nanos, one) = (self.in_nanos()?, nanos_of_minor(&self.currency_code));
        let whole = (nanos % one == 0).then_some(nanos / one);
        whole
            .and_then(|each| i64::try_from(each).ok())
            .ok_or_else(|| FigureError::new(self, "amount of whole minor units"))
    }

    /// The amount as text, with at least the digits of its currency: "30.00 USD".
    ///
    /// # Errors
    /// It is no amount: no currency, signs that differ, or a whole unit in nanos.
    pub fn text(&self) -> Result<String, FigureError> {
        let nanos = self.in_nanos()?.abs();
        let least = digits(&self.currency_code);
        let all = format!("{:09}", nanos % NANOS);
        let fraction = &all[..all.trim_end_matches('0').len().max(least)];
        let point = if fraction.is_empty() { "" } else { "." };
        let sign = if self.units < 0 || self.nanos < 0 { "-" } else { "" };
        Ok(format!(
            "{sign}{}{point}{fraction} {}",
            nanos / NANOS,
            self.currency_code
        ))
    }

    /// The amount as an exact decimal, without its currency.
    ///
    /// # Errors
    /// It is no amount.
    pub fn decimal(&self) -> Result<Decimal, FigureError> {
        // At most 28 digits: an i64 and nine more.
        Ok(Decimal::from_i128_with_scale(self.in_nanos()?, 9).normalize())
    }

    fn in_nanos(&self) -> Result<i128, FigureError> {
        let one_sign = self.units.signum() * i64::from(self.nanos.signum()) >= 0;
        let less_than_a_unit = i128::from(self.nanos.unsigned_abs()) < NANOS;
        if self.currency_code.is_empty() || !one_sign || !less_than_a_unit {
            return Err(FigureError::new(self, "amount"));
        }
        Ok(i128::from(self.units) * NANOS + i128::from(self.nanos))
    }
}

impl fmt::Display for Money {
    /// As [`Money::text`]; what is no amount is shown field by field.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Ok(text) => to.pad(&text),
            Err(_) => write!(to, "{self:?}"),
        }
    }
}

impl FromStr for Money {
    type Err = FigureError;

    /// Reads "30.00 USD": at most nine digits after the point, and a currency in capitals.
    fn from_str(text: &str) -> Result<Self, FigureError> {
        let read = || {
            let (number, currency_code) = text.split_once(' ')?;
            let is_code =
                currency_code.len() == 3 && currency_code.bytes().all(|each| each.is_ascii_uppercase());
            let (whole, fraction) = plain(number).filter(|_| is_code)?;
            let sign = if number.starts_with('-') { -1 } else { 1 };
            Some(Self {
                currency_code: currency_code.to_owned(),
                units: format!("{}{whole}", if sign < 0 { "-" } else { "" })
                    .parse()
                    .ok()?,
                nanos: format!("{fraction:0<9}")
                    .parse::<i32>()
                    .ok()
                    .filter(|_| fraction.len() <= 9)?
                    * sign,
            })
        };
        read().ok_or_else(|| FigureError::new(text, "amount such as \"30.00 USD\""))
    }
}

/// The digits before and after the point of a number in plain digits, which may have a minus before it.
fn plain(number: &str) -> Option<(&str, &str)> {
    let number = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (number, ""),
    };
    let are_digits = |text: &str| text.bytes().all(|each| each.is_ascii_digit());
    (!whole.is_empty() && are_digits(whole) && are_digits(fraction)).then_some((whole, fraction))
}

/// A decimal of the contract (a rate, a unit price) exactly; to send one, write it with `to_string`.
///
/// # Errors
/// It is not written in plain digits, or has more of them (28, of some 29) than a [`Decimal`] holds.
pub fn decimal(text: &str) -> Result<Decimal, FigureError> {
    let read = || {
        let (_, fraction) = plain(text)?;
        // One that had to be rounded has fewer digits after the point.
        text.parse()
            .ok()
            .filter(|each: &Decimal| each.scale() as usize == fraction.len())
    };
    read().ok_or_else(|| FigureError::new(text, "decimal in plain digits"))
}

impl TryFrom<Date> for NaiveDate {
    type Error = FigureError;

    /// A date without a year, a month or a day is none.
    fn try_from(date: Date) -> Result<Self, FigureError> {
        u32::try_from(date.month)
            .ok()
            .zip(u32::try_from(date.day).ok())
            .filter(|_| (1..=9999).contains(&date.year))
            .and_then(|(month, day)| NaiveDate::from_ymd_opt(date.year, month, day))
            .ok_or_else(|| FigureError::new(date, "date"))
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        // Months and days are small.
        Self {
            year: date.year(),
            month: date.month() as i32,
            day: date.day() as i32,
        }
    }
}

impl fmt::Display for Date {
    /// As "2026-03-01"; a part that is absent is shown as zeros.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
