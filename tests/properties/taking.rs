//! What a consumer gets, and whose the payload is then.

use capsule_conformance::model::Actor;
use serde_json::{Value, json};

use super::{End, How, Model, Taken, USED, freed, kind_word, name_value, nth_newest};
use crate::calls::{Asked, Kind, PATHS};

impl Model<'_> {
    pub(super) fn take(&mut self, index: usize, asked: Asked) {
        let Some(index) = self.labelled(index) else { return };
        let name = self.wanted(index, asked);
        let kind = kind_word(self.payloads[self.capsules[index].payload].kind);
        let args = json!({ "capsule": self.capsules[index].reference, "name": name_value(name), "kind": kind });
        if self.bears(Some(index), name) {
            let label = self.say(Some(Actor::Consumer), "take", &args, End::Item(1, json!(kind)));
            self.keep(label, How::Taken, index);
        } else {
            self.refused("take", &args, "ValueError");
        }
    }

    pub(super) fn take_imported(&mut self, path: usize) {
        self.need_shop();
        let found = self.found(path);
        let kind = found.map_or("opaque", |it| kind_word(self.payloads[self.capsules[it].payload].kind));
        let args = json!({ "name": { "text": PATHS[path] }, "kind": kind, "no_block": 0 });
        match found {
            Ok(index) => {
                let label = self.say(Some(Actor::Consumer), "import_capsule", &args, End::Item(1, json!(kind)));
                self.keep(label, How::Taken, index);
            }
            Err("AttributeError") => self.refused("import_capsule", &args, "AttributeError"),
            Err(class) => {
                self.say(Some(Actor::Consumer), "import_capsule", &args, End::Raises { class, cause: None });
            }
        }
    }

    pub(super) fn consume(&mut self, index: usize, asked: Asked) {
        let Some(index) = self.labelled(index).filter(|_| !self.lacks("consume")) else { return };
        let name = self.wanted(index, asked);
        let args = json!({
            "capsule": self.capsules[index].reference, "name": name_value(name), "used_name": name_value(Some(USED)),
            "fails": "never",
        });
        if !self.bears(Some(index), name) {
            self.refused("consume", &args, "ValueError");
        } else if self.payloads[self.capsules[index].payload].kind == Kind::Handle {
            let label = self.say(Some(Actor::Consumer), "consume", &args, End::Item(1, json!("handle")));
            self.keep(label, How::Consumed, index);
            self.capsules[index].name = Some(USED);
            self.capsules[index].consumed = true;
        }
    }

    pub(super) fn move_out(&mut self, index: usize, asked: Asked) {
        let Some(index) = self.labelled(index) else { return };
        let name = self.wanted(index, asked);
        let args = json!({ "capsule": self.capsules[index].reference, "name": name_value(name), "fails": "never" });
        let payload = self.capsules[index].payload;
        if !self.bears(Some(index), name) {
            self.refused("move", &args, "ValueError");
        } else if self.payloads[payload].kind == Kind::Batch {
            if std::mem::take(&mut self.payloads[payload].here) {
                let label = self.say(Some(Actor::Consumer), "move", &args, End::Item(1, json!("batch")));
                self.keep(label, How::Moved, index);
            } else {
                self.say(Some(Actor::Consumer), "move", &args, End::Raises { class: "ValueError", cause: None });
            }
        }
    }

    fn refused(&mut self, verb: &str, args: &Value, cause: &'static str) {
        self.say(Some(Actor::Consumer), verb, args, End::Raises { class: "TypeError", cause: Some(cause) });
    }

    pub(super) fn keep(&mut self, label: String, how: How, capsule: usize) {
        if how == How::Taken {
            self.capsules[capsule].takers += 1;
        }
        let payload = self.capsules[capsule].payload;
        self.taken.push(Taken { label, how, capsule, payload, released: false, forgotten: false });
    }

    pub(super) fn kept(&self, index: usize) -> Option<usize> {
        let there: Vec<usize> = (0..self.taken.len()).filter(|it| !self.taken[*it].forgotten).collect();
        nth_newest(&there, index)
    }

    pub(super) fn use_taken(&mut self, index: usize) {
        let Some(index) = self.kept(index) else { return };
        let it = self.taken[index].clone();
        let payload = &self.payloads[it.payload];
        let gone = it.released || payload.kind == Kind::Batch && it.how == How::Taken && !payload.here;
        // The struct of a batch that moved may be gone: what was moved has its own.
        if !it.released && it.how != How::Moved && !payload.alive {
            return;
        }
        let end = match payload.kind {
            _ if gone => End::Raises { class: "ValueError", cause: None },
            Kind::Function | Kind::Table => End::Returns(json!(0.5_f64.sin())),
            Kind::Handle => End::Returns(json!(42)),
            Kind::Batch => End::Returns(json!(7)),
            Kind::Opaque => End::Returns(Value::Null),
        };
        self.say(Some(Actor::Consumer), "use", &json!({ "taken": { "ref": it.label } }), end);
    }

    pub(super) fn release(&mut self, index: usize) {
        let Some(index) = self.kept(index).filter(|it| self.taken[*it].how != How::Taken) else { return };
        let it = self.taken[index].clone();
        let args = json!({ "taken": { "ref": it.label } });
        if it.released {
            self.say(Some(Actor::Consumer), "release", &args, End::Raises { class: "ValueError", cause: None });
            return;
        }
        self.say(Some(Actor::Consumer), "release", &args, End::Returns(Value::Null));
        self.taken[index].released = true;
        if it.how == How::Consumed {
            self.payloads[it.payload].alive = false;
            self.happens(vec![freed("payload")]);
        } else {
            self.happens(vec![freed("resource")]);
        }
    }

    pub(super) fn forget(&mut self, index: usize) {
        let Some(index) = self.kept(index) else { return };
        let it = self.taken[index].clone();
        self.say(None, "drop", &json!({ "value": { "ref": it.label } }), End::Returns(Value::Null));
        self.taken[index].forgotten = true;
        if it.how == How::Taken {
            self.capsules[it.capsule].takers -= 1;
            self.let_go(it.capsule, None);
        }
    }
}
