//! The version policies: tables that carry their version in different ways, and who accepts them.
//!
//! Each check reads the version, or the size, before anything else: an older table may end behind it.

use std::ffi::{CStr, c_void};

use crate::payload::Function;

/// A function that may be missing.
pub type Slot = Option<Function>;

/// Where the policies' tables are found.
pub const PACKED: &CStr = c"packed_math._C_API";
pub const CHAINED: &CStr = c"chained_math._C_API";
pub const SIZED: &CStr = c"sized_math._C_API";
pub const GROWN: &CStr = c"grown_math._C_API";
pub const LABELLED: &CStr = c"labelled_math._C_API";
pub const SIGNED: &CStr = c"signed_math.sin";

/// The names of capsules that have to be equal, as they stand for a version.
pub const LABEL: &CStr = c"math table, layout 7";
pub const SIGNATURE: &CStr = c"double (double)";

/// One word for both parts of the version: the major one is above 16 bits.
#[repr(C)]
pub struct PackedTable {
    pub version: u32,
    pub sin: Slot,
    pub cos: Slot,
    pub sqrt: Slot,
}

pub const PACKED_MAJOR: u32 = 5;
pub const PACKED_MINOR: u32 = 21;

/// The first three fields are for ever; what follows is the business of one major version.
#[repr(C)]
pub struct ChainedTable {
    pub major: u32,
    pub minor: u32,
    /// Of an earlier major version, or NULL.
    pub older: *const ChainedTable,
    pub sin: Slot,
    pub cos: Slot,
    pub sqrt: Slot,
}

pub const CHAINED_MAJOR: u32 = 3;
pub const CHAINED_MINOR: u32 = 14;

/// Append-only: the size says which fields there are.
#[repr(C)]
pub struct SizedTable {
    pub size: usize,
    pub sin: Slot,
    pub cos: Slot,
    pub sqrt: Slot,
    pub tan: Slot,
}

/// The third version added `tan`.
#[repr(C)]
pub struct GrownTable {
    pub version: u32,
    pub sin: Slot,
    pub cos: Slot,
    pub sqrt: Slot,
    pub tan: Slot,
}

/// No version at all: the capsule's name stands for the layout.
#[repr(C)]
pub struct LabelledTable {
    pub sin: Slot,
    pub cos: Slot,
    pub sqrt: Slot,
}

/// Refuses NULL.
pub fn need<const N: usize>(slots: [Slot; N]) -> Result<(), String> {
    if slots.contains(&None) { Err("the table lacks a function".to_owned()) } else { Ok(()) }
}

/// The text that names both versions.
pub fn wrong_version(major: u32, minor: u32, found: [u32; 2]) -> String {
    format!("version {major}.{minor} of the table is needed, found version {}.{}", found[0], found[1])
}

/// Both parts of a packed version.
pub fn unpacked(version: u32) -> [u32; 2] {
    [version >> 16, version & 0xffff]
}

/// Accepts the version that this workspace was written for, and no other.
///
/// # Safety
///
/// `table` points to a table of any version.
pub unsafe fn exact(table: *const PackedTable) -> Result<(), String> {
    // SAFETY: the caller's promise; every version has this field.
    let found = unpacked(unsafe { (*table).version });
    if found != [PACKED_MAJOR, PACKED_MINOR] {
        return Err(wrong_version(PACKED_MAJOR, PACKED_MINOR, found));
    }
    // SAFETY: this version has them.
    unsafe { need([(*table).sin, (*table).cos, (*table).sqrt]) }
}

/// Accepts every minor version of one major version.
///
/// # Safety
///
/// As for [`exact`].
pub unsafe fn major(table: *const PackedTable) -> Result<(), String> {
    // SAFETY: the caller's promise; every version has this field.
    let found = unpacked(unsafe { (*table).version });
    if found[0] != PACKED_MAJOR {
        return Err(wrong_version(PACKED_MAJOR, PACKED_MINOR, found));
    }
    // SAFETY: this major version has them.
    unsafe { need([(*table).sin, (*table).cos, (*table).sqrt]) }
}

/// Accepts the second to the fourth version; the first of these has no `tan`.
///
/// # Safety
///
/// As for [`exact`].
pub unsafe fn range(table: *const GrownTable) -> Result<(), String> {
    // SAFETY: the caller's promise; every version has this field.
    let found = unsafe { (*table).version };
    if !(2..=4).contains(&found) {
        return Err(format!("versions 2 to 4 of the table are known, built with 3, found version {found}"));
    }
    // SAFETY: `tan` is looked at only where the version has it.
    unsafe {
        need([(*table).sin, (*table).cos, (*table).sqrt])?;
        if found >= 3 { need([(*table).tan]) } else { Ok(()) }
    }
}

/// Accepts a table that is at least as long as this one.
///
/// # Safety
///
/// As for [`exact`].
pub unsafe fn sized(table: *const SizedTable) -> Result<(), String> {
    // SAFETY: the caller's promise; every version has this field.
    let found = unsafe { (*table).size };
    let needed = size_of::<SizedTable>();
    if found < needed {
        return Err(format!("{needed} bytes of the table are needed, found {found}"));
    }
    // SAFETY: the table is long enough.
    unsafe { need([(*table).sin, (*table).cos, (*table).sqrt]) }
}

/// The table of our major version, this one or an older one that it leads to.
///
/// # Safety
///
/// As for [`exact`]; so do the tables that it leads to.
pub unsafe fn chained(newest: *const ChainedTable) -> Result<*const ChainedTable, String> {
    let mut table = newest;
    // SAFETY: every version has the first three fields; the others are read in our own version.
    unsafe {
        while !table.is_null() {
            if (*table).major == CHAINED_MAJOR {
                need([(*table).sin, (*table).cos, (*table).sqrt])?;
                return Ok(table);
            }
            table = (*table).older;
        }
        Err(wrong_version(CHAINED_MAJOR, CHAINED_MINOR, [(*newest).major, (*newest).minor]))
    }
}

/// Accepts a table whose capsule had the right name.
///
/// # Safety
///
/// `table` points to one.
pub unsafe fn labelled(table: *const LabelledTable) -> Result<(), String> {
    // SAFETY: the caller's promise.
    unsafe { need([(*table).sin, (*table).cos, (*table).sqrt]) }
}

/// What a table that was accepted is called with. No reference is made to it: an older one may be
/// shorter than its type.
macro_rules! sine_of {
    ($($function:ident: $table:ident),*) => {
        $(
            /// The function that an accepted table has.
            ///
            /// # Safety
            ///
            /// `table` points to a live table of this type that was accepted.
            pub unsafe fn $function(table: *const $table) -> Function {
                // SAFETY: the caller's promise.
                unsafe { (*table).sin }.expect("a table without it is refused")
            }
        )*
    };
}

sine_of!(
    packed_sine: PackedTable,
    chained_sine: ChainedTable,
    sized_sine: SizedTable,
    grown_sine: GrownTable,
    labelled_sine: LabelledTable
);

/// The function that a bare capsule wraps.
///
/// # Safety
///
/// `function` is one, of the agreed signature.
pub unsafe fn bare(function: *const c_void) -> Function {
    // SAFETY: the caller's promise.
    unsafe { std::mem::transmute::<*const c_void, Function>(function) }
}
