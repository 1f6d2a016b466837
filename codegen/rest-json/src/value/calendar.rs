//! The proleptic Gregorian calendar as a pair of pure functions; it knows no time zone and no leap second.

/// A day and a time of day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

/// The first and the last second that four digits of a year can spell.
pub(super) const FOUR_DIGIT_YEARS: std::ops::RangeInclusive<i64> =
    -62_167_219_200..=253_402_300_799;

const DAY_SECS: i64 = 86_400;

impl Civil {
    /// Seconds since 1970, or nothing if there is no such day or time.
    pub(super) fn to_epoch(self) -> Option<i64> {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        let valid = (1..=12).contains(&month)
            && (1..=days_of(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second);
        valid.then(|| days_before(year, month, day) * DAY_SECS + hour * 3600 + minute * 60 + second)
    }

    pub(super) fn from_epoch(epoch_secs: i64) -> Self {
        let (days, secs) = (
            epoch_secs.div_euclid(DAY_SECS),
            epoch_secs.rem_euclid(DAY_SECS),
        );
        // Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years begin in March, eras have 400 years.
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year,
            month,
            day,
            hour: secs / 3600,
            minute: secs / 60 % 60,
            second: secs % 60,
        }
    }
}

/// The day of the week, Sunday being 0.
pub(super) fn weekday(epoch_secs: i64) -> i64 {
    (epoch_secs.div_euclid(DAY_SECS) + 4).rem_euclid(7)
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
