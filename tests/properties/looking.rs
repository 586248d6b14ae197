//! What looking at a capsule tells.

use serde_json::{Value, json};

use super::{Capsule, Destructor, End, Model, bytes_value, name_value};
use crate::calls::{Target, What};

impl Model<'_> {
    pub(super) fn get(&mut self, what: &What) {
        let (What::GetPointer(target, _)
        | What::GetName(target)
        | What::GetContext(target)
        | What::GetDestructor(target)) = *what
        else {
            return;
        };
        let Some((capsule, index)) = self.target(target) else { return };
        let it = index.map(|it| self.capsules[it].clone()).ok_or("ValueError");
        let args = json!({ "capsule": capsule });
        match *what {
            What::GetPointer(_, asked) => {
                let name = self.asked(index, asked);
                let found = it.and_then(|it| if self.same(it.name, name) { Ok(it.pointer) } else { Err("ValueError") });
                let unforeseen = self.cast.produced && found.is_ok();
                let args = json!({ "capsule": capsule, "name": name_value(name) });
                self.probe("get_pointer", args, found.map(Value::from), &json!(0));
                if unforeseen {
                    let line = self.now();
                    self.script.lines[line].end = End::Completes;
                }
            }
            What::GetName(_) => {
                self.probe("get_name", args, it.map(|it| bytes_value(it.name)), &Value::Null);
            }
            What::GetContext(_) => {
                self.probe("get_context", args, it.map(|it| json!(it.context)), &json!(0));
            }
            _ => {
                let word = |it: Capsule| match it.destructor {
                    Destructor::None => "none",
                    Destructor::Record => "record",
                    Destructor::Other => "other",
                    Destructor::Producers => "foreign",
                };
                self.probe("get_destructor", args, it.map(|it| json!(word(it))), &json!("none"));
            }
        }
    }

    pub(super) fn check(&mut self, what: &What) {
        match *what {
            What::IsValid(target, asked) => {
                let Some((capsule, it)) = self.target(target) else { return };
                let name = self.asked(it, asked);
                let valid = json!(self.bears(it, name));
                let args = json!({ "capsule": capsule, "name": name_value(name) });
                self.probe("is_valid", args, Ok(valid), &Value::Null);
            }
            // The macro reads the object's type, so NULL is a mistake of the caller.
            What::CheckExact(target) if !matches!(target, Target::Null) => {
                let Some((capsule, it)) = self.target(target) else { return };
                self.probe("check_exact", json!({ "capsule": capsule }), Ok(json!(it.is_some())), &Value::Null);
            }
            _ => {}
        }
    }
}
