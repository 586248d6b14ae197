//! What making a capsule and changing it does.

use capsule_conformance::model::Actor;
use serde_json::{Value, json};

use super::{Capsule, Destructor, End, Model, Name, Payload, destructors, freed, kind_word, name_value};
use crate::calls::{Kind, Target};

impl Model<'_> {
    pub(super) fn make_raw(&mut self, pointer: u64, name: Name, destructor: usize) {
        let (word, destructor) = destructors(destructor);
        let pointer = pointer * 0x1000;
        let args = json!({ "pointer": pointer, "name": name_value(name), "destructor": word });
        let made = if pointer == 0 { Err("ValueError") } else { Ok(json!({ "type": "PyCapsule" })) };
        let failed = made.is_err();
        let label = self.probe("new", args, made, &Value::Null);
        if !failed {
            let reference = match self.pending {
                None => json!({ "ref": label }),
                Some(_) => json!({ "ref": label, "path": ["result"] }),
            };
            self.add(reference, pointer, name, destructor, Kind::Opaque);
        }
    }

    pub(super) fn make(&mut self, kind: Kind, name: Name, destructor: bool) {
        if self.cannot_say(name) {
            return;
        }
        let args = json!({
            "kind": kind_word(kind), "name": name_value(name), "payload": null, "destructor": destructor, "sealed": false,
        });
        let made = End::Returns(json!({ "type": "PyCapsule" }));
        let label = self.say(Some(Actor::Producer), "make", &args, made);
        let destructor = if destructor { Destructor::Producers } else { Destructor::None };
        self.add(json!({ "ref": label }), 0, name, destructor, kind);
    }

    pub(super) fn add(&mut self, reference: Value, pointer: u64, name: Name, destructor: Destructor, kind: Kind) {
        self.payloads.push(Payload { kind, alive: true, here: kind == Kind::Batch });
        self.capsules.push(Capsule {
            reference,
            labelled: true,
            published: false,
            takers: 0,
            in_cycle: false,
            lost: None,
            dead: false,
            pointer,
            name,
            context: 0,
            destructor,
            agreed: name,
            renamed: false,
            payload: self.payloads.len() - 1,
            consumed: false,
        });
    }

    pub(super) fn set_name(&mut self, target: Target, name: Name) {
        let Some((capsule, it)) = self.target(target) else { return };
        let args = json!({ "capsule": capsule, "name": name_value(name) });
        if !self.cast.produced {
            self.set("set_name", args, it);
        } else if let Some(index) = it.filter(|it| !self.capsules[*it].consumed && !self.lacks("rename")) {
            self.say(Some(Actor::Producer), "rename", &args, End::Returns(Value::Null));
            if self.capsules[index].renamed {
                self.happens(vec![freed("name")]);
            }
            self.capsules[index].renamed = name.is_some();
        } else {
            return;
        }
        if let Some(index) = it {
            self.capsules[index].name = name;
        }
    }

    pub(super) fn set_pointer(&mut self, target: Target, pointer: u64) {
        let Some((capsule, it)) = self.target(target) else { return };
        if !self.cast.produced {
            let it = it.filter(|_| pointer != 0);
            self.set("set_pointer", json!({ "capsule": capsule, "pointer": pointer * 0x1000 }), it);
            if let Some(index) = it {
                self.capsules[index].pointer = pointer * 0x1000;
            }
            return;
        }
        let Some(index) = it.filter(|it| !self.capsules[*it].consumed && !self.lacks("set_pointer")) else { return };
        if pointer == 0 {
            let refused = End::Raises { class: "ValueError", cause: None };
            self.say(Some(Actor::Producer), "set_pointer", &json!({ "capsule": capsule, "payload": null }), refused);
            return;
        }
        let args = json!({ "capsule": capsule, "payload": { "text": "sixteen letters." } });
        self.say(Some(Actor::Producer), "set_pointer", &args, End::Returns(Value::Null));
        let ended = self.end_payload(index);
        self.happens(ended);
        self.payloads.push(Payload { kind: Kind::Opaque, alive: true, here: false });
        self.capsules[index].payload = self.payloads.len() - 1;
    }

    pub(super) fn set_context(&mut self, target: Target, context: u64) {
        let Some((capsule, it)) = self.target(target) else { return };
        let args = json!({ "capsule": capsule, "context": context });
        if self.cast.produced {
            self.say(Some(Actor::Producer), "set_context", &args, End::Returns(Value::Null));
        } else {
            self.set("set_context", args, it);
        }
        if let Some(index) = it {
            self.capsules[index].context = context;
        }
    }

    pub(super) fn set_destructor(&mut self, target: Target, which: usize) {
        let Some((capsule, it)) = self.target(target) else { return };
        let (mut word, mut destructor) = destructors(which);
        if self.cast.produced {
            if self.lacks("set_destructor") {
                return;
            }
            (word, destructor) = if which == 0 { ("none", Destructor::None) } else { ("clean", Destructor::Producers) };
            let args = json!({ "capsule": capsule, "destructor": word });
            self.say(Some(Actor::Producer), "set_destructor", &args, End::Returns(Value::Null));
        } else {
            self.set("set_destructor", json!({ "capsule": capsule, "destructor": word }), it);
        }
        if let Some(index) = it {
            self.capsules[index].destructor = destructor;
        }
    }

    pub(super) fn set(&mut self, verb: &str, args: Value, it: Option<usize>) {
        let status = if it.is_some() { Ok(json!(0)) } else { Err("ValueError") };
        self.probe(verb, args, status, &json!(-1));
    }
}
