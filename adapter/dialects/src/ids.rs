//! Ids made from others, where those cannot be repeated as they are.
//!
//! Knows no format: a made id is a function of the parts that it is made of, so that whoever makes it twice makes the same.

/// As many letters and digits as Bedrock's own ids have behind `tooluse_`; 62 to the 22nd is more than 2 to the 128th.
const N_LETTERS: usize = 22;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An id in the form of Bedrock's own, made of the parts.
pub fn made_id(parts: &[&str]) -> String {
    format!("tooluse_{}", letters(parts, N_LETTERS))
}

/// So many letters and digits, made of the parts and their ends: their FNV-1a hash of 128 bits, as far as it goes.
pub(crate) fn letters(parts: &[&str], n_letters: usize) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash = BASIS;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    let mut text = String::with_capacity(n_letters);
    for _ in 0..n_letters {
        let digit = usize::try_from(hash % 62).unwrap_or_default();
        text.push(LETTERS.get(digit).copied().unwrap_or(b'0').into());
        hash /= 62;
    }
    text
}
