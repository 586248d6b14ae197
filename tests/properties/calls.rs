//! What a sequence of capsule calls is made of, and how sequences are drawn.
//!
//! A call names its target by a number, counted from the newest and never beyond the oldest: so every sequence means
//! something, and so does every part of one.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::select;
use proptest::strategy::Union;

/// The names that capsules get and are asked for; none is the NULL name.
pub const NAMES: [Option<&[u8]>; 7] = [
    None,
    Some(b""),
    Some(b"mydb.handle"),
    Some(b"mydb.handl"),
    Some(b"mydb.handle "),
    Some(b"shop.item"),
    Some(b"\xff\xfe"),
];

/// The import paths that are asked for; a capsule may be published at the first.
pub const PATHS: [&str; 3] = ["shop.item", "shop.other", "nowhere.item"];

const ERRORS: [&str; 2] = ["ValueError", "KeyError"];

/// One call, and what surrounds it.
#[derive(Debug, Clone)]
pub struct Call {
    pub what: What,
    /// The error that is pending meanwhile, where the call can be made so.
    pub pending: Option<&'static str>,
    /// On a second thread.
    pub elsewhere: bool,
}

/// What a call is made on.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// One of the capsules that there are, counted from the newest.
    Capsule(usize),
    Null,
    /// An int.
    Stranger,
}

/// The name that is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Asked {
    /// The one that the capsule bears.
    Right,
    /// One of [`NAMES`].
    Other(usize),
}

/// What a producer's capsule leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Function,
    Table,
    Handle,
    Batch,
    /// Nothing that a consumer knows.
    Opaque,
}

/// A call; numbers stand for one of what there is.
#[derive(Debug, Clone)]
pub enum What {
    Make { kind: Kind, pointer: u64, name: usize, destructor: usize },
    SetName(Target, usize),
    SetPointer(Target, u64),
    SetContext(Target, u64),
    SetDestructor(Target, usize),
    GetPointer(Target, Asked),
    GetName(Target),
    GetContext(Target),
    GetDestructor(Target),
    IsValid(Target, Asked),
    CheckExact(Target),
    Publish(usize),
    Import(usize),
    Drop(usize),
    Cycle(usize),
    Collect,
    Take(usize, Asked),
    TakeImported(usize),
    Consume(usize, Asked),
    Move(usize, Asked),
    Use(usize),
    Release(usize),
    Forget(usize),
}

/// Whose calls a sequence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// The API itself, by the probe.
    Raw,
    /// A producer's verbs, with the probe's looks at what it makes.
    Producer,
    /// A consumer's verbs on what a producer makes.
    Consumer,
}

/// One of [`NAMES`]; mostly one of two, so that names often agree.
fn name() -> impl Strategy<Value = usize> + Clone {
    select(vec![2, 2, 2, 2, 5, 5, 5, 5, 0, 1, 3, 4, 6])
}

/// One of [`PATHS`]; mostly the one at which there may be something.
fn path() -> impl Strategy<Value = usize> {
    select(vec![0, 0, 0, 0, 1, 2])
}

/// Sequences of calls.
pub fn sequences(alphabet: Alphabet) -> impl Strategy<Value = Vec<Call>> {
    let pending = option::weighted(0.2, select(&ERRORS[..]));
    let call = (what(alphabet), pending, proptest::bool::weighted(0.15));
    vec(call.prop_map(|(what, pending, elsewhere)| Call { what, pending, elsewhere }), 1..20)
}

fn what(alphabet: Alphabet) -> impl Strategy<Value = What> {
    let target = match alphabet {
        Alphabet::Raw => Union::new_weighted(vec![
            (14, (0..4_usize).prop_map(Target::Capsule).boxed()),
            (1, Just(Target::Null).boxed()),
            (1, Just(Target::Stranger).boxed()),
        ])
        .boxed(),
        Alphabet::Producer | Alphabet::Consumer => (0..4_usize).prop_map(Target::Capsule).boxed(),
    };
    let asked = Union::new(vec![Just(Asked::Right).boxed(), name().prop_map(Asked::Other).boxed()]).boxed();
    let kinds = vec![Kind::Handle, Kind::Batch, Kind::Table, Kind::Function];
    let make = (select(kinds), 0..3_u64, name(), 0..3_usize).prop_map(|(kind, pointer, name, destructor)| What::Make {
        kind,
        pointer,
        name,
        destructor,
    });
    let one = || 0..4_usize;
    let mut choices = vec![
        (6, make.boxed()),
        (2, (target.clone(), name()).prop_map(|(it, name)| What::SetName(it, name)).boxed()),
        (2, (target.clone(), 0..3_u64).prop_map(|(it, pointer)| What::SetPointer(it, pointer)).boxed()),
        (2, (target.clone(), any::<u16>()).prop_map(|(it, context)| What::SetContext(it, context.into())).boxed()),
        (2, (target.clone(), 0..3_usize).prop_map(|(it, which)| What::SetDestructor(it, which)).boxed()),
        (2, (target.clone(), asked.clone()).prop_map(|(it, name)| What::GetPointer(it, name)).boxed()),
        (1, target.clone().prop_map(What::GetName).boxed()),
        (1, target.clone().prop_map(What::GetContext).boxed()),
        (1, target.clone().prop_map(What::GetDestructor).boxed()),
        (2, (target.clone(), asked.clone()).prop_map(|(it, name)| What::IsValid(it, name)).boxed()),
        (1, target.prop_map(What::CheckExact).boxed()),
        (3, one().prop_map(What::Publish).boxed()),
        (2, path().prop_map(What::Import).boxed()),
        (3, one().prop_map(What::Drop).boxed()),
        (1, one().prop_map(What::Cycle).boxed()),
        (1, Just(What::Collect).boxed()),
    ];
    if alphabet == Alphabet::Consumer {
        choices.extend([
            (3, (one(), asked.clone()).prop_map(|(it, name)| What::Take(it, name)).boxed()),
            (3, path().prop_map(What::TakeImported).boxed()),
            (4, (one(), asked.clone()).prop_map(|(it, name)| What::Consume(it, name)).boxed()),
            (4, (one(), asked).prop_map(|(it, name)| What::Move(it, name)).boxed()),
            (4, one().prop_map(What::Use).boxed()),
            (6, one().prop_map(What::Release).boxed()),
            (1, one().prop_map(What::Forget).boxed()),
        ]);
    }
    Union::new_weighted(choices)
}
