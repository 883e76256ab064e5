//! The turn between frames of octets, as cards move them, and columns of a slot, as the switch works on them.
use crate::proc::PIECE;
use crate::proc::span::Frame;
use tandem_types::Timeslot;

/// The octets of one slot in a piece, first frame first.
pub(crate) type Column = [u8; PIECE];
/// The columns of all slots.
pub(crate) type Columns = [Column; Timeslot::PER_FRAME];

/// Turns up to a piece of frames. What columns hold of frames that are not there is of no meaning.
pub(crate) fn to_columns(frames: &[Frame], columns: &mut Columns) {
    if let Some(frames) = frames.first_chunk::<PIECE>() {
        for group in 0..Timeslot::PER_FRAME / PIECE {
            let rows = frames.map(|frame| eight(&frame, group));
            columns[group * PIECE..][..PIECE].copy_from_slice(&turn(rows).map(u64::to_le_bytes));
        }
        return;
    }
    for (place, frame) in frames.iter().enumerate() {
        for (column, octet) in columns.iter_mut().zip(frame) {
            column[place] = *octet;
        }
    }
}

/// Turns columns back into up to a piece of frames.
pub(crate) fn to_frames(columns: &Columns, frames: &mut [Frame]) {
    if let Some(frames) = frames.first_chunk_mut::<PIECE>() {
        for group in 0..Timeslot::PER_FRAME / PIECE {
            let rows = std::array::from_fn(|n| u64::from_le_bytes(columns[group * PIECE + n]));
            for (frame, row) in frames.iter_mut().zip(turn(rows)) {
                frame[group * PIECE..][..PIECE].copy_from_slice(&row.to_le_bytes());
            }
        }
        return;
    }
    for (place, frame) in frames.iter_mut().enumerate() {
        for (octet, column) in frame.iter_mut().zip(columns) {
            *octet = column[place];
        }
    }
}

fn eight(frame: &Frame, group: usize) -> u64 {
    u64::from_le_bytes(frame.as_chunks::<PIECE>().0[group])
}

/// Octet n of row m becomes octet m of row n: halves, quarters and single octets change places across rows.
fn turn(mut rows: [u64; PIECE]) -> [u64; PIECE] {
    for (distance, mask) in
        [(4, 0x0000_0000_ffff_ffff), (2, 0x0000_ffff_0000_ffff), (1, 0x00ff_00ff_00ff_00ff_u64)]
    {
        for row in (0..PIECE).filter(|row| row & distance == 0) {
            let differs = ((rows[row] >> (8 * distance)) ^ rows[row + distance]) & mask;
            rows[row] ^= differs << (8 * distance);
            rows[row + distance] ^= differs;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_frames_turn_into_each_other() {
        for length in [1, 3, 7, 8] {
            let frames: Vec<Frame> =
                (0..length).map(|frame| std::array::from_fn(|slot| (frame * 32 + slot) as u8)).collect();
            let mut columns = [[0; PIECE]; 32];
            to_columns(&frames, &mut columns);
            for (frame, octets) in frames.iter().enumerate() {
                for slot in 0..32 {
                    assert_eq!(columns[slot][frame], octets[slot], "{length} frames");
                }
            }
            let mut back = vec![[0; 32]; length];
            to_frames(&columns, &mut back);
            assert_eq!(back, frames);
        }
    }
}
