//! Numbers as Java prints them, blobs by bytes, timestamps in three formats.
#![cfg(test)]

use rest_json::json::{from_slice, to_vec};
use rest_json::value::{DateTime, EpochSeconds, HttpDate, TimestampFormat};
use rest_json::{Blob, Bytes, Document, Instant, Number, Reader, Timestamp, Unknowns};

#[test]
fn a_double_of_ours_is_printed_as_java_does() {
    // Recorded answers (7006652.0, 9.589080000296235E-4, -3.8E-6) and the documentation of java.lang.Double.
    for (value, text) in [
        (1.0, "1.0"),
        (0.75, "0.75"),
        (-0.0, "-0.0"),
        (0.0, "0.0"),
        (9.5e-4, "9.5E-4"),
        (0.001, "0.001"),
        (0.01, "0.01"),
        (0.0015, "0.0015"),
        (0.1, "0.1"),
        (100.0, "100.0"),
        (1234.5, "1234.5"),
        (123456.0, "123456.0"),
        (7006652.0, "7006652.0"),
        (9999999.0, "9999999.0"),
        (1234567.8, "1234567.8"),
        (1.0e7, "1.0E7"),
        (1.0e10, "1.0E10"),
        (12345678.9, "1.23456789E7"),
        (9.589080000296235e-4, "9.589080000296235E-4"),
        (-3.8e-6, "-3.8E-6"),
        (2.0e23, "2.0E23"),
        (5e-324, "4.9E-324"),
        (f64::MAX, "1.7976931348623157E308"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        assert_eq!(Number::from(value).as_str(), text);
    }
}

#[test]
fn a_float_of_ours_is_printed_as_java_does() {
    for (value, text) in [
        (0.1_f32, "0.1"),
        (1.1, "1.1"),
        (16777216.0, "1.6777216E7"),
        (f32::MAX, "3.4028235E38"),
        (1e-45, "1.4E-45"),
        (f32::NAN, "NaN"),
    ] {
        assert_eq!(Number::from(value).as_str(), text);
    }
    assert_eq!(Number::from(0.1_f32).value(), 0.1);
}

#[test]
fn a_number_is_its_text() {
    assert_ne!(Number::new("1").unwrap(), Number::new("1.0").unwrap());
    assert_eq!(Number::new("NaN").unwrap(), Number::new("NaN").unwrap());
    let beyond = Number::new("-1e400").unwrap();
    assert_eq!(
        (beyond.as_str(), beyond.value(), beyond.is_finite()),
        ("-1e400", f64::NEG_INFINITY, false)
    );
    for text in ["", " 1", "1 ", "01", "+1", "nan", "0x1", "1e", "--1"] {
        assert!(Number::new(text).is_err(), "{text:?}");
    }
}

#[test]
fn base64_is_taken_strictly() {
    // RFC 4648 section 10.
    for (text, bytes) in [
        ("", ""),
        ("Zg==", "f"),
        ("Zm8=", "fo"),
        ("Zm9v", "foo"),
        ("Zm9vYg==", "foob"),
        ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ] {
        let blob = Blob::from_base64(text).unwrap();
        assert_eq!(blob.decoded_len(), bytes.len());
        assert_eq!(blob.bytes(), bytes.as_bytes());
        assert_eq!(blob, Blob::from_bytes(Bytes::from(bytes)));
        assert_eq!(Blob::from_bytes(Bytes::from(bytes)).to_base64(), text);
    }
    for text in [
        "xyz", "YmxvYg=", "YmxvYg", "[][]", "-_==", "Zg=", "Z", "=", "====", "Zg==Zg==", "Zm9v\n",
        " Zm9v", "Zm 9v", "Zh==", "Zm9=",
    ] {
        assert!(Blob::from_base64(text).is_err(), "{text:?}");
    }
    let error = from_slice::<Blob>(b"\"xyz\"").unwrap_err();
    assert_eq!(error.to_string(), "not valid base64");
    for text in ["[98, 108]", "981081198", "true", "[][]"] {
        assert!(from_slice::<Blob>(text.as_bytes()).is_err());
    }
}

#[test]
fn blobs_are_equal_by_bytes_and_shown_by_length() {
    let long: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let ours = Blob::from_bytes(long.clone());
    let theirs = Blob::from_base64(&ours.to_base64()).unwrap();
    assert_eq!(ours, theirs);
    assert_eq!(theirs, ours);
    assert_eq!(theirs, theirs.clone());
    let mut other = long;
    other[999] ^= 1;
    assert_ne!(Blob::from_bytes(other), theirs);
    assert_ne!(Blob::from_bytes(vec![0; 1000]), theirs);
    assert_eq!(format!("{theirs:?}"), "Blob(1000 bytes)");
    assert_eq!(to_vec(&ours), to_vec(&theirs));
    assert!(Blob::default().is_empty());
}

fn check_time<F: TimestampFormat>(text: &str, secs: i64, nanos: u32) {
    let timestamp = Timestamp::<F>::parse(text).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(
        timestamp.instant(),
        Instant::from_secs_and_nanos(secs, nanos),
        "{text}"
    );
}

fn check_printed<F: TimestampFormat>(text: &str, secs: i64, nanos: u32) {
    check_time::<F>(text, secs, nanos);
    let timestamp = Timestamp::<F>::new(Instant::from_secs_and_nanos(secs, nanos)).unwrap();
    assert_eq!(timestamp.to_string(), text);
}

fn check_no_time<F: TimestampFormat>(text: &str) {
    assert!(Timestamp::<F>::parse(text).is_none(), "{text}");
}

#[test]
fn epoch_seconds_are_exact_decimals() {
    check_printed::<EpochSeconds>("1576540098", 1_576_540_098, 0);
    check_printed::<EpochSeconds>("1515531081.123", 1_515_531_081, 123_000_000);
    check_printed::<EpochSeconds>("-0.5", -1, 500_000_000);
    check_printed::<EpochSeconds>("0", 0, 0);
    check_time::<EpochSeconds>("1515531081.1234567891", 1_515_531_081, 123_456_789);
    check_time::<EpochSeconds>("1.5155310811E9", 1_515_531_081, 100_000_000);
    check_time::<EpochSeconds>("15155310811e-1", 1_515_531_081, 100_000_000);
    check_time::<EpochSeconds>("0.0000000000e99", 0, 0);
    check_time::<EpochSeconds>("1e-400", 0, 0);
    check_time::<EpochSeconds>("1.0", 1, 0);
    check_time::<EpochSeconds>("0.00000000000000000000000000000000000000000000001e47", 1, 0);
    check_time::<EpochSeconds>("0.0125e2", 1, 250_000_000);
    check_time::<EpochSeconds>("-1.000000001", -2, 999_999_999);
    check_time::<EpochSeconds>("-0", 0, 0);
    for text in [
        "",
        "true",
        "1515531081ABC",
        "0x42",
        "1515531081.123.456",
        "Infinity",
        "-Infinity",
        "NaN",
        " 1",
        "1 ",
        "1e99",
        "1e999999999999",
        "99999999999999999999",
        "1985-04-12T23:20:50Z",
        "Tue, 29 Apr 2014 18:30:38 GMT",
    ] {
        check_no_time::<EpochSeconds>(text);
    }
    for text in ["\"1515531081\"", "\"NaN\"", "true", "NaN"] {
        assert!(
            from_slice::<Timestamp<EpochSeconds>>(text.as_bytes()).is_err(),
            "{text}"
        );
    }
}

#[test]
fn date_times_are_rfc_3339_in_utc() {
    check_printed::<DateTime>("2019-12-16T23:48:18Z", 1_576_540_098, 0);
    check_printed::<DateTime>("2000-01-02T20:34:56.123Z", 946_845_296, 123_000_000);
    check_printed::<DateTime>("1985-04-12T23:20:50.52Z", 482_196_050, 520_000_000);
    check_printed::<DateTime>("1970-01-01T00:00:00Z", 0, 0);
    check_printed::<DateTime>("1969-12-31T23:59:59.5Z", -1, 500_000_000);
    check_printed::<DateTime>("2024-02-29T00:00:00Z", 1_709_164_800, 0);
    check_printed::<DateTime>("9999-12-31T23:59:59Z", 253_402_300_799, 0);
    check_printed::<DateTime>("0000-01-01T00:00:00Z", -62_167_219_200, 0);
    for text in [
        "Tue, 29 Apr 2014 18:30:38 GMT",
        "1515531081.1234",
        "1515531081",
        "1996-12-19T16:39:57-08:00",
        "1996-12-19T16:39:57+00",
        "1996-12-19T16:39:57+00Z",
        "1996-12-19T16:39:57",
        "1996-12-19T163957",
        "19961219T163957Z",
        "19961219T163957",
        "19961219T16:39:57Z",
        "19961219T16:39:57",
        "1996-12-19T16:39Z",
        "1996-12-19T16:39",
        "1996-12-19T1639",
        "1996-12-19T16Z",
        "1996-12-19T16",
        "1996-12-19 16:39:57Z",
        "2011-12-03T10:15:30+01:00[Europe/Paris]",
        "2023-02-29T00:00:00Z",
        "2023-13-01T00:00:00Z",
        "2023-00-01T00:00:00Z",
        "2023-01-00T00:00:00Z",
        "2023-01-01T24:00:00Z",
        "2023-01-01T00:60:00Z",
        "2023-01-01T00:00:60Z",
        "2023-01-01T00:00:00.Z",
        "2023-01-01T00:00:00z",
        "2023-01-01t00:00:00Z",
        "+023-01-01T00:00:00Z",
        "2023-01-01T00:00:00Z ",
        "20é3-01-01T00:00:00Z",
        "",
    ] {
        check_no_time::<DateTime>(text);
    }
}

#[test]
fn offsets_are_for_answers_only() {
    let answer = |text: &str| {
        let quoted = format!("\"{text}\"");
        let mut reader = Reader::new(quoted.as_bytes()).unwrap().for_answer();
        rest_json::FromJson::read(&mut reader)
            .map(|time: Timestamp<DateTime>| time.instant().secs())
    };
    assert_eq!(answer("2019-12-16T22:48:18-01:00"), Ok(1_576_540_098));
    assert_eq!(answer("2019-12-17T00:48:18+01:00"), Ok(1_576_540_098));
    assert_eq!(answer("2019-12-16T23:48:18Z"), Ok(1_576_540_098));
    for text in [
        "2019-12-17T00:48:18+0100",
        "2019-12-17T00:48:18+24:00",
        "2019-12-17T00:48:18+01:60",
        "2019-12-17T00:48:18+01:00Z",
    ] {
        assert!(answer(text).is_err(), "{text}");
    }
    assert!(answer("0000-01-01T00:00:00+01:00").is_err());
    assert!(from_slice::<Timestamp<DateTime>>(b"\"2019-12-16T22:48:18-01:00\"").is_err());
}

#[test]
fn http_dates_are_imf_fixdates() {
    check_printed::<HttpDate>("Tue, 29 Apr 2014 18:30:38 GMT", 1_398_796_238, 0);
    check_printed::<HttpDate>("Mon, 16 Dec 2019 23:48:18 GMT", 1_576_540_098, 0);
    check_printed::<HttpDate>("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777, 0);
    check_printed::<HttpDate>(
        "Sun, 02 Jan 2000 20:34:56.456 GMT",
        946_845_296,
        456_000_000,
    );
    check_printed::<HttpDate>("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0);
    check_time::<HttpDate>("Sun, 02 Jan 2000 20:34:56.000 GMT", 946_845_296, 0);
    for text in [
        "1985-04-12T23:20:50.52Z",
        "1985-04-12T23:20:50Z",
        "1996-12-19T16:39:57-08:00",
        "1515531081.1234",
        "1515531081",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "",
    ] {
        check_no_time::<HttpDate>(text);
    }
}

#[test]
fn a_format_refuses_what_it_cannot_spell() {
    assert!(Timestamp::<DateTime>::new(Instant::from_secs(253_402_300_800)).is_none());
    assert!(Timestamp::<HttpDate>::new(Instant::from_secs(-62_167_219_201)).is_none());
    let far = Timestamp::<EpochSeconds>::new(Instant::from_secs(i64::MAX)).unwrap();
    assert_eq!(far.to_string(), "9223372036854775807");
}

#[test]
fn every_day_of_eight_centuries_comes_back() {
    for day in -150_000..150_000_i64 {
        let instant = Instant::from_secs(day * 86_400 + 3_661);
        let printed = Timestamp::<DateTime>::new(instant).unwrap().to_string();
        assert_eq!(
            Timestamp::<DateTime>::parse(&printed).unwrap().instant(),
            instant
        );
        let printed = Timestamp::<HttpDate>::new(instant).unwrap().to_string();
        assert_eq!(
            Timestamp::<HttpDate>::parse(&printed).unwrap().instant(),
            instant
        );
    }
}

#[test]
fn unknown_members_are_sorted_by_bytes_and_the_last_of_equals_stands() {
    let mut unknowns = Unknowns::default();
    assert!(unknowns.is_empty());
    for (name, text) in [("b", "1"), ("é", "2"), ("B", "3"), ("b", "4"), ("", "5")] {
        unknowns.insert(name, Document::new(text).unwrap());
    }
    let members: Vec<_> = unknowns
        .iter()
        .map(|(name, value)| (name, value.as_str()))
        .collect();
    assert_eq!(members, [("", "5"), ("B", "3"), ("b", "4"), ("é", "2")]);
    assert_eq!(unknowns.len(), 4);
    assert_eq!(unknowns.get("b").map(Document::as_str), Some("4"));
    assert_eq!(unknowns.get("c"), None);
    assert!(Unknowns::none().is_empty());
}
