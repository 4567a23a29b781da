//! The time of day as the log has it: UTC, down to milliseconds.

use std::time::SystemTime;

/// `2024-01-31T12:00:00.123`, made without formatting machinery because every line has one.
#[derive(Clone, Copy)]
pub(super) struct Timestamp([u8; 28]);

/// Where each number begins, and how many digits it has, is the whole format.
const PATTERN: [u8; 28] = *b"0000-00-00T00:00:00.000+0000";

const SECONDS_OF_DAY: u64 = 86_400;

impl Timestamp {
    /// What the clock says.
    pub(super) fn now() -> Self {
        Self::of(SystemTime::now())
    }

    /// A time as text; those before 1970, which only a broken clock has, become its beginning.
    pub(super) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let (days, second) = (since.as_secs() / SECONDS_OF_DAY, since.as_secs() % SECONDS_OF_DAY);
        let (year, month, day) = date(days);
        let mut text = PATTERN;
        for (number, place) in [
            (year, 0..4),
            (month, 5..7),
            (day, 8..10),
            (second / 3600, 11..13),
            (second / 60 % 60, 14..16),
            (second % 60, 17..19),
            (u64::from(since.subsec_millis()), 20..23),
        ] {
            let mut rest = number;
            for digit in text[place].iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
        Self(text)
    }

    /// Without an offset.
    pub(super) fn as_str(&self) -> &str {
        &self.with_offset()[..23]
    }

    /// As RFC 3339 has it, without fractions of a second.
    pub(super) fn seconds(&self) -> String {
        format!("{}Z", &self.with_offset()[..19])
    }

    /// With the offset as Hasura writes it, `+0000`.
    pub(super) fn with_offset(&self) -> &str {
        // All of it is digits and the pattern's signs.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar.
///
/// Years are counted from March here, which puts the leap day last: a month's beginning then follows from its number, and 400
/// years always have 146,097 days.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_written_in_full() {
        for (seconds, milliseconds, expected) in [
            (0, 0, "1970-01-01T00:00:00.000"),
            (86_399, 999, "1970-01-01T23:59:59.999"),
            (951_782_400, 7, "2000-02-29T00:00:00.007"),
            (951_868_800, 0, "2000-03-01T00:00:00.000"),
            (1_709_210_096, 120, "2024-02-29T12:34:56.120"),
            (1_735_689_599, 0, "2024-12-31T23:59:59.000"),
            (1_735_689_600, 0, "2025-01-01T00:00:00.000"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, milliseconds * 1_000_000);
            assert_eq!(Timestamp::of(time).as_str(), expected);
            assert_eq!(Timestamp::of(time).with_offset(), format!("{expected}+0000"));
        }
    }

    #[test]
    fn every_day_of_800_years_follows_the_one_before_it() {
        let is_leap =
            |year: u64| (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..292_194 {
            assert_eq!(date(days), (year, month, day));
            let length = match month {
                2 if is_leap(year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }
}
