//! Medians, spreads and percentiles of small samples.

/// The middle of a sample and its two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// `None` for an empty sample. Of an even number of values the median is the mean of the middle two.
pub(crate) fn spread(sample: &[f64]) -> Option<Spread> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(Spread {
        median: f64::midpoint(*lower, *upper),
        least: *sorted.first()?,
        most: *sorted.last()?,
    })
}

/// The smallest value that at least `per_mille` thousandths of the sorted sample do not exceed; 0 of an empty sample.
pub(crate) fn percentile(sorted: &[u64], per_mille: usize) -> u64 {
    let rank = (sorted.len() * per_mille).div_ceil(1000);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_sample_is_its_middle_value() {
        let found = spread(&[3.0, 1.0, 2.0]);
        let expected = Spread {
            median: 2.0,
            least: 1.0,
            most: 3.0,
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn the_median_of_an_even_sample_lies_between_the_middle_two() {
        assert_eq!(spread(&[4.0, 1.0, 2.0, 3.0]).map(|s| s.median), Some(2.5));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn percentiles_are_values_of_the_sample() {
        let sample: Vec<u64> = (1..=200).collect();
        assert_eq!(percentile(&sample, 500), 100);
        assert_eq!(percentile(&sample, 990), 198);
        assert_eq!(percentile(&sample, 1000), 200);
        assert_eq!(percentile(&[7], 500), 7);
        assert_eq!(percentile(&[], 500), 0);
    }
}
