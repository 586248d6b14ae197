//! Who holds a capsule, and what happens when nobody does any more.

use capsule_conformance::model::Actor;
use serde_json::{Value, json};

use super::{Destructor, End, Foretold, Late, Model, freed};
use crate::calls::{Kind, PATHS};

impl Model<'_> {
    pub(super) fn need_shop(&mut self) {
        if !self.has_shop {
            self.has_shop = true;
            let elsewhere = std::mem::take(&mut self.elsewhere);
            self.say(None, "module", &json!({ "name": "shop" }), End::Completes);
            self.say(None, "import", &json!({ "module": "shop" }), End::Completes);
            self.elsewhere = elsewhere;
        }
    }

    pub(super) fn put(&mut self, value: &Value) {
        self.say(None, "attribute", &json!({ "of": "shop", "name": "item", "value": value }), End::Completes);
    }

    pub(super) fn publish(&mut self, index: usize) {
        let Some(index) = self.labelled(index) else { return };
        self.need_shop();
        self.put(&self.capsules[index].reference.clone());
        let before = self.capsules[index].published;
        self.capsules[index].published = true;
        if !before && let Some(other) = (0..self.capsules.len()).find(|it| *it != index && self.capsules[*it].published)
        {
            self.capsules[other].published = false;
            self.let_go(other, None);
        }
    }

    pub(super) fn unpublish(&mut self) {
        for index in 0..self.capsules.len() {
            if std::mem::take(&mut self.capsules[index].published) {
                self.let_go(index, None);
            }
        }
    }

    /// The capsule that an import finds, or the error.
    pub(super) fn found(&self, path: usize) -> Result<usize, &'static str> {
        let published = self.capsules.iter().position(|it| it.published);
        match PATHS[path] {
            "shop.item" => published.filter(|it| self.bears(Some(*it), Some(b"shop.item"))).ok_or("AttributeError"),
            "shop.other" => Err("AttributeError"),
            _ => Err("ImportError"),
        }
    }

    pub(super) fn import(&mut self, path: usize) {
        self.need_shop();
        let end = match self.found(path) {
            Ok(index) if !self.cast.produced => End::Returns(json!(self.capsules[index].pointer)),
            Ok(_) => End::Completes,
            Err(class) => End::Raises { class, cause: None },
        };
        // An import with an error pending is a mistake of the caller: whatever runs meanwhile may stumble over it.
        self.say(Some(Actor::Probe), "import_capsule", &json!({ "name": { "text": PATHS[path] } }), end);
    }

    pub(super) fn drop_label(&mut self, index: usize) {
        let Some(index) = self.labelled(index) else { return };
        let mut args = json!({ "value": self.capsules[index].reference });
        let end = match self.pending {
            None => End::Returns(Value::Null),
            Some(pending) => {
                args["pending"] = json!(pending);
                End::Returns(json!(pending))
            }
        };
        self.say(None, "drop", &args, end);
        self.capsules[index].labelled = false;
        self.let_go(index, self.pending);
    }

    pub(super) fn cycle(&mut self, index: usize) {
        let Some(index) = self.labelled(index) else { return };
        self.say(None, "cycle", &json!({ "value": self.capsules[index].reference }), End::Completes);
        self.capsules[index].labelled = false;
        self.capsules[index].in_cycle = true;
        self.let_go(index, None);
    }

    pub(super) fn collect(&mut self) {
        self.say(None, "collect", &json!({}), End::Completes);
        for index in 0..self.capsules.len() {
            self.capsules[index].in_cycle = false;
            if let Some(first) = self.capsules[index].lost.take() {
                let events = self.death(index, None, None);
                self.script.late.push(Late { first, last: self.now(), events });
            }
        }
    }

    /// A reference is gone; with the last one the capsule dies.
    pub(super) fn let_go(&mut self, index: usize, pending: Option<&str>) {
        let it = &mut self.capsules[index];
        if it.labelled || it.published || it.takers > 0 || it.dead {
            return;
        }
        if it.in_cycle {
            it.lost = Some(self.script.lines.len() - 1);
            return;
        }
        let thread = if self.elsewhere { "other" } else { "main" };
        let events = self.death(index, pending, Some(thread));
        self.happens(events);
    }

    pub(super) fn death(&mut self, index: usize, pending: Option<&str>, thread: Option<&str>) -> Vec<Foretold> {
        self.capsules[index].dead = true;
        let it = self.capsules[index].clone();
        let side = match it.destructor {
            Destructor::None => return Vec::new(),
            Destructor::Record => "probe",
            Destructor::Other => "probe.other",
            Destructor::Producers => "producer",
        };
        let pending = pending.unwrap_or("none");
        let mut fields = json!({
            "side": side,
            "name": it.name.map(capsule_conformance::embedded::hex),
            "context": format!("{:#x}", it.context),
            "entry": pending,
            "leave": pending,
            "finalizing": false,
        });
        if let Some(thread) = thread {
            fields["thread"] = json!(thread);
        }
        if !self.cast.produced {
            fields["pointer"] = json!(format!("{:#x}", it.pointer));
        }
        let mut events = vec![Foretold { event: "destroyed", fields: fields.as_object().cloned().unwrap_or_default() }];
        if it.destructor == Destructor::Producers {
            if self.same(it.name, it.agreed) {
                events.extend(self.end_payload(index));
            }
            let names = usize::from(it.agreed.is_some()) + usize::from(it.renamed);
            events.extend(std::iter::repeat_n(freed("name"), names));
        }
        events
    }

    /// The producer ends what a capsule of its own leads to.
    pub(super) fn end_payload(&mut self, index: usize) -> Vec<Foretold> {
        let payload = &mut self.payloads[self.capsules[index].payload];
        let mut events = Vec::new();
        if payload.kind != Kind::Function {
            payload.alive = false;
            events.push(freed("payload"));
        }
        if std::mem::take(&mut payload.here) {
            events.push(freed("resource"));
        }
        events
    }
}
