//! What a table's shape makes of each age.

use serde_json::{Value, json};

use super::{Age, ODD, StandIn, TAIL, TRAPS, bytes};
use crate::embedded::hex;
use crate::layout::Placed;
use crate::model::Acceptance;
use crate::table::{Policy, Shape, Version};

impl Shape {
    pub(super) fn current(&self) -> Result<&Version, String> {
        if self.version.is_empty() {
            return Err("this table has no version".to_owned());
        }
        self.current.as_ref().ok_or_else(|| "nobody said which version the consumer was built with".to_owned())
    }

    pub(super) fn outcome(&self, version: &Version) -> Result<Acceptance, String> {
        let policy =
            self.policy.as_ref().ok_or_else(|| "nobody said which versions the consumer accepts".to_owned())?;
        Ok(if policy.accepts(version, self.current()?) { Acceptance::Accepted } else { Acceptance::Refused })
    }

    pub(super) fn major_step(&self, step: i128) -> Result<Version, String> {
        match self.current()?.0.as_slice() {
            [major, _] if major + step >= 0 => Ok(Version(vec![major + step, 0])),
            [_, _] => Err("there is no major version before this one".to_owned()),
            _ => Err("the version has no major part".to_owned()),
        }
    }

    /// Version, size and chain of a table.
    pub(super) fn header_edits(&self, version: Option<&Version>, size: usize) -> Result<Vec<Value>, String> {
        let mut edits = Vec::new();
        if let Some(version) = version.filter(|_| !self.version.is_empty()) {
            let fields = self.version_bytes(version);
            let fields = fields.ok_or_else(|| format!("version {version} does not fit into its field"))?;
            edits.extend(fields.iter().map(|(offset, field)| bytes(*offset, field)));
        }
        if let Some(field) = &self.size {
            let stated = field.bytes(size as i128).ok_or_else(|| "the size does not fit into its field".to_owned())?;
            edits.push(bytes(field.offset, &stated));
        }
        // No table leads to another one unless that is the point of it.
        edits.extend(self.chain.iter().map(|field| bytes(field.offset, &vec![0; field.size])));
        Ok(edits)
    }

    /// Traps in every function's place: a refused table must not be called.
    pub(super) fn traps(&self, size: usize) -> Vec<Value> {
        let slots = self.layout.fields.iter().filter(|it| it.is_pointer() && Some(*it) != self.chain.as_ref());
        let inside = slots.filter(|it| it.end() <= size).enumerate();
        inside
            .map(|(index, it)| {
                let name = if index + 1 < TRAPS { it.field.name.as_str() } else { "another" };
                json!({ "offset": it.offset, "trap": name })
            })
            .collect()
    }

    pub(super) fn made(&self, outcome: Acceptance, version: Option<&Version>, size: usize, edits: &[Value]) -> StandIn {
        let pieces = |version: Option<&Version>| {
            version.iter().flat_map(|it| &it.0).map(ToString::to_string).collect::<Vec<String>>()
        };
        let recipe = json!({ "size": size.min(self.layout.size), "edits": edits });
        StandIn { outcome, size, expected: pieces(self.current.as_ref()), found: pieces(version), recipe }
    }

    /// An accepted stand-in keeps the real functions.
    pub(super) fn accepted(&self, version: Option<&Version>) -> Result<StandIn, String> {
        let size = version.map_or(self.layout.size, |it| self.size_at(it));
        Ok(self.made(Acceptance::Accepted, version, size, &self.header_edits(version, size)?))
    }

    pub(super) fn refused(&self, version: &Version, size: usize) -> Result<StandIn, String> {
        let mut edits = self.header_edits(Some(version), size)?;
        edits.extend(self.traps(size));
        Ok(self.made(Acceptance::Refused, Some(version), size, &edits))
    }

    pub(super) fn of_version(&self, version: &Version) -> Result<StandIn, String> {
        match self.outcome(version)? {
            Acceptance::Accepted => self.accepted(Some(version)),
            Acceptance::Refused => self.refused(version, self.size_at(version)),
        }
    }

    /// The oldest and the newest version that a policy accepts, where it names them.
    pub(super) fn ends(&self) -> (Option<&Version>, Option<&Version>) {
        match &self.policy {
            Some(Policy::AtLeast(least)) => (Some(least), None),
            Some(Policy::Between(least, most)) => (Some(least), Some(most)),
            _ => (None, None),
        }
    }

    pub(super) fn beyond_the_oldest(&self) -> Result<StandIn, String> {
        let current = self.current()?;
        let least = self.ends().0.ok_or_else(|| "the policy has no oldest version".to_owned())?;
        if least == current {
            return Err("the oldest accepted version is the current one: see the older table".to_owned());
        }
        self.of_version(&least.earlier()?)
    }

    pub(super) fn beyond_the_newest(&self) -> Result<StandIn, String> {
        let current = self.current()?;
        let most = self.ends().1.ok_or_else(|| "the policy has no newest version".to_owned())?;
        if most == current {
            return Err("the newest accepted version is the current one: see the newer table".to_owned());
        }
        self.of_version(&most.later())
    }

    pub(super) fn zero(&self) -> Result<StandIn, String> {
        let zero = Version(vec![0; self.current()?.0.len()]);
        if zero == *self.current()? {
            return Err("zero is the current version".to_owned());
        }
        self.of_version(&zero)
    }

    pub(super) fn zeroed(&self) -> Result<StandIn, String> {
        if self.layout.size == 0 {
            return Err("there is no table".to_owned());
        }
        if !self.layout.fields.iter().any(|it| self.is_required(it)) {
            return Err("every function of this table may be NULL".to_owned());
        }
        let zero = Version(vec![0; self.current.as_ref().map_or(0, |it| it.0.len())]);
        let size = self.layout.size;
        Ok(self.made(Acceptance::Refused, Some(&zero), size, &[bytes(0, &vec![0; size])]))
    }

    pub(super) fn garbage(&self) -> Result<StandIn, String> {
        self.current()?;
        let version = self.version_of_bytes(ODD);
        if self.outcome(&version)? == Acceptance::Accepted {
            return Err(format!("garbage is a version like any other to a policy that accepts {version}"));
        }
        let size = self.layout.size;
        let mut edits = vec![bytes(0, &vec![ODD; size])];
        edits.extend(self.chain.iter().map(|field| bytes(field.offset, &vec![0; field.size])));
        Ok(self.made(Acceptance::Refused, Some(&version), size, &edits))
    }

    /// A version that the policy refuses.
    pub(super) fn refusable(&self) -> Option<Version> {
        let current = self.current().ok()?;
        let (least, most) = self.ends();
        let earlier = [Some(current), least].into_iter().flatten().map(|it| it.earlier().ok());
        let later = [Some(current), most].into_iter().flatten().map(|it| Some(it.later()));
        earlier
            .chain([self.major_step(1).ok()])
            .chain(later)
            .flatten()
            .find(|it| self.outcome(it) == Ok(Acceptance::Refused))
    }

    pub(super) fn truncated(&self) -> Result<StandIn, String> {
        let size = self.header();
        if size == 0 {
            return Err("neither a version nor a size tells this table's age".to_owned());
        }
        if size >= self.layout.size {
            return Err("nothing stands behind the version".to_owned());
        }
        match (self.refusable(), &self.size, self.current.clone()) {
            (Some(version), ..) => self.refused(&version, size),
            (None, Some(_), current) => {
                let mut edits = self.header_edits(current.as_ref(), size)?;
                edits.extend(self.traps(size));
                Ok(self.made(Acceptance::Refused, current.as_ref(), size, &edits))
            }
            (None, None, _) => Err("the policy refuses no version".to_owned()),
        }
    }

    pub(super) fn short(&self) -> Result<StandIn, String> {
        if self.size.is_none() {
            return Err("this table does not say how long it is".to_owned());
        }
        let mut required = self.layout.fields.iter().filter(|it| self.is_required(it) && it.offset >= self.header());
        let last = required.next_back().ok_or_else(|| "this table has nothing that could be missing".to_owned())?;
        let size = last.offset / self.layout.alignment * self.layout.alignment;
        let mut edits = self.header_edits(self.current.as_ref(), size)?;
        edits.extend(self.traps(size));
        let made = self.made(Acceptance::Refused, self.current.as_ref(), size, &edits);
        Ok(StandIn { expected: vec![self.layout.size.to_string()], found: vec![size.to_string()], ..made })
    }

    pub(super) fn is_required(&self, field: &Placed) -> bool {
        field.is_pointer() && !field.field.optional && Some(field) != self.chain.as_ref()
    }

    /// All of them, as a consumer may look only at those that it calls.
    pub(super) fn null_slots(&self) -> Result<StandIn, String> {
        let slots: Vec<&Placed> = self.layout.fields.iter().filter(|it| self.is_required(it)).collect();
        if slots.is_empty() {
            return Err("every function of this table may be NULL".to_owned());
        }
        let mut edits = self.header_edits(self.current.as_ref(), self.layout.size)?;
        edits.extend(slots.into_iter().map(|it| bytes(it.offset, &vec![0; it.size])));
        Ok(self.made(Acceptance::Refused, self.current.as_ref(), self.layout.size, &edits))
    }

    pub(super) fn null_tail(&self) -> Result<StandIn, String> {
        let optional = self.layout.fields.iter().filter(|it| it.field.optional && Some(*it) != self.chain.as_ref());
        let nulls: Vec<Value> = optional.map(|it| bytes(it.offset, &vec![0; it.size])).collect();
        if nulls.is_empty() {
            return Err("no field of this table may be NULL or zero".to_owned());
        }
        let mut edits = self.header_edits(self.current.as_ref(), self.layout.size)?;
        edits.extend(nulls);
        Ok(self.made(Acceptance::Accepted, self.current.as_ref(), self.layout.size, &edits))
    }

    pub(super) fn longer(&self) -> Result<StandIn, String> {
        let latest = match self.current() {
            Ok(current) => {
                let later = current.later();
                let known = self.outcome(&later)? == Acceptance::Accepted && self.version_bytes(&later).is_some();
                Some(if known { later } else { current.clone() })
            }
            Err(_) if self.size.is_some() => None,
            Err(reason) => return Err(reason),
        };
        let size = self.layout.size + TAIL;
        let mut longer =
            self.made(Acceptance::Accepted, latest.as_ref(), size, &self.header_edits(latest.as_ref(), size)?);
        longer.recipe["tail"] = Value::from(hex(&[ODD; TAIL]));
        Ok(longer)
    }

    /// A table of the next major version, of which nothing but the header is known.
    pub(super) fn head(&self) -> Result<(Version, usize, usize), String> {
        let chain = self.chain.as_ref().ok_or_else(|| "this table leads to no other".to_owned())?;
        let version = self.major_step(1)?;
        if self.outcome(&version)? == Acceptance::Accepted {
            return Err("the policy accepts the next major version itself".to_owned());
        }
        Ok((version, chain.offset, self.header()))
    }

    pub(super) fn chained(&self, outcome: Acceptance, inner: &StandIn) -> Result<StandIn, String> {
        let (version, offset, size) = self.head()?;
        let mut edits = self.header_edits(Some(&version), size)?;
        edits.push(json!({ "offset": offset, "table": inner.recipe }));
        Ok(self.made(outcome, Some(&version), size, &edits))
    }

    pub(super) fn chain_to_current(&self) -> Result<StandIn, String> {
        self.head()?;
        self.chained(Acceptance::Accepted, &self.accepted(self.current.as_ref())?)
    }

    pub(super) fn chain_to_older(&self) -> Result<StandIn, String> {
        self.head()?;
        let older = self.of_version(&self.major_step(-1)?)?;
        if older.outcome == Acceptance::Accepted {
            return Err("the policy accepts the major version before".to_owned());
        }
        self.chained(Acceptance::Refused, &older)
    }

    /// Where the name stands for the version, the age is in it; what a refused name leads to must not be touched.
    pub(super) fn renamed(&self, name: &str, age: Age) -> Result<StandIn, String> {
        let digits = name.len() - name.trim_end_matches(|it: char| it.is_ascii_digit()).len();
        let (stem, number) = name.split_at(name.len() - digits);
        let number = number.parse::<u64>().map_err(|_| "the name ends in no number".to_owned());
        let found = match age {
            Age::Older => format!("{stem}{}", number?.checked_sub(1).ok_or("there is no number before 0")?),
            Age::Newer => format!("{stem}{}", number? + 1),
            Age::Zero => String::new(),
            Age::Garbage => {
                let first = name.chars().next().ok_or("the name is empty")?;
                format!("{}{}", if first == '~' { '!' } else { '~' }, &name[first.len_utf8()..])
            }
            Age::Truncated => name.chars().take(name.chars().count().saturating_sub(1)).collect(),
            Age::Longer => format!("{name}, more"),
            _ => return Err("the name stands for the version, and has no such age".to_owned()),
        };
        let size = self.layout.size.max(1);
        Ok(StandIn {
            outcome: Acceptance::Refused,
            size,
            expected: vec![name.to_owned()],
            recipe: json!({ "edits": [bytes(0, &vec![0; size])], "name": hex(found.as_bytes()), "sealed": 1 }),
            found: vec![found],
        })
    }
}
