//! Takes one reference to each capsule that it never gives back.

use ffi_participant::{Consumer, Object};

struct NeverLetsGo;

impl Consumer for NeverLetsGo {
    fn keep_owner(capsule: &Object) -> Object {
        // One for the pointer, besides the one for the list.
        let _ = capsule.clone().into_ptr();
        capsule.clone()
    }
}

ffi_participant::export_consumer!(never_lets_go, NeverLetsGo);
