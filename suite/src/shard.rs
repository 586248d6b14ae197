//! Cuts a plan into parts: by the pairing's id alone, so that every machine cuts the same.

use sha2::{Digest, Sha256};

use crate::model::ShardRecord;

/// Whether a pairing belongs to this part.
pub fn holds(shard: ShardRecord, id: &str) -> bool {
    let digest = Sha256::digest(id);
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number % u64::from(shard.of) == u64::from(shard.index) - 1
}

/// Reads `K/N`.
///
/// # Errors
///
/// It is something else, or there is no such part.
pub fn parse(text: &str) -> Result<ShardRecord, String> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|it| *it > 0);
    let parts = text.split_once('/').and_then(|(index, of)| Some((number(index)?, number(of)?)));
    match parts {
        Some((index, of)) if index <= of => Ok(ShardRecord { index, of }),
        _ => Err("must be K/N with K from 1 to N, like 2/4".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pairing_is_in_one_part_and_the_parts_are_alike() {
        let mut sizes = [0; 4];
        for number in 0..1000 {
            let id = format!("family::case/{number}");
            let held: Vec<u32> = (1..=4).filter(|index| holds(ShardRecord { index: *index, of: 4 }, &id)).collect();
            assert_eq!(held.len(), 1, "{id} is in {held:?}");
            sizes[held[0] as usize - 1] += 1;
        }
        assert!(sizes.iter().all(|size| (200..300).contains(size)), "{sizes:?}");
    }

    #[test]
    fn the_cut_never_changes() {
        let held = (1..=7).find(|index| holds(ShardRecord { index: *index, of: 7 }, "names::a/-/m/i/m/m.x"));
        assert_eq!(held, Some(1));
    }

    #[test]
    fn a_part_is_one_of_how_many() {
        assert_eq!(parse("2/4"), Ok(ShardRecord { index: 2, of: 4 }));
        for wrong in ["0/4", "5/4", "2", "a/b", "2/4/1", "-1/4", "1/0"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
