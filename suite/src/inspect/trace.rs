//! Watches a target's capsule calls in a process of its own, and joins them: who made what another object took.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::lines;
use crate::embedded::unhex;
use crate::host::{Host, HostError, Job, Launch};
use crate::model::{
    Caller, ConsumedRecord, Consumes, Discovered, Event, FailedCall, Interpreter, Made, Observation, Place, Site,
    Taken, Target, TargetFacts, Trace,
};

/// Imports the target under the tracer, and evaluates the manifest's exercises and triggers.
///
/// # Errors
///
/// The host does not start, or was lost.
pub fn trace(
    target: &Target,
    interpreter: &Interpreter,
    launch: &Launch,
    timeout: Duration,
) -> Result<Trace, HostError> {
    let module = target.module.clone().unwrap_or_default();
    let job = Job {
        op: "trace",
        fresh: true,
        timeout,
        preload: target.preload.clone(),
        module: Some(module.clone()),
        named: target.named_modules(),
        expressions: target.uses(),
        ..Job::default()
    };
    let seen = Host::start(launch, timeout)?.run(&job)?;
    Ok(joined(module, interpreter.id.clone(), seen))
}

/// Stands for its program and its library.
const INTERPRETER: &str = "the interpreter";

/// Adds what a trace shows of the target's own objects to what is known of it; a manifest's word wins.
pub fn feed(facts: &mut TargetFacts, target: &Target, trace: &Trace) {
    let package = facts.module.split('.').next().unwrap_or_default().to_owned();
    let foreign = |path: &String| path.split('.').next() != Some(package.as_str());
    let uses = target.uses();
    for taken in trace.taken.iter().filter(|it| it.by.belongs_to(&package)) {
        let Some(place) = &taken.place else { continue };
        let own = [&place.path].into_iter().chain(&place.aliases).find(|it| !foreign(it));
        facts.consumes.push(ConsumedRecord {
            path: own.unwrap_or(&place.path).clone(),
            name: taken.name.clone(),
            by: taken.by.name().to_owned(),
            via: Some(taken.via.clone()),
        });
        let declared = |path: &String| *path == place.path || place.aliases.contains(path);
        let spoken_of = target
            .consumes
            .iter()
            .chain(facts.discovered.iter().map(|it| &it.entry))
            .filter_map(|it| it.capsule.as_ref());
        // Where only an object of its own package would notice, or nobody looks it up by its path, no fault can be placed.
        if own.is_some() || place.how != "attribute" || spoken_of.into_iter().any(declared) {
            continue;
        }
        let trigger = Some(taken.during.clone()).filter(|during| uses.contains(during));
        let entry = Consumes {
            capsule: Some(place.path.clone()),
            name: taken.name.clone().filter(|name| *name != place.path),
            unnamed: taken.name.is_none(),
            trigger,
            ..Consumes::default()
        };
        facts.discovered.push(Discovered { entry, preload: others(trace, taken, place, &package) });
        facts.consumed.push((place.path.clone(), place.aliases.clone()));
    }
    lines::of_calls(facts, target, trace);
    facts.consumes.sort_by(|a, b| (&a.path, &a.by, &a.via, &a.name).cmp(&(&b.path, &b.by, &b.via, &b.name)));
    facts.consumes.dedup();
}

/// The modules of other packages that took the same capsule before: what they do without it is no fault of the target.
fn others(trace: &Trace, taken: &Taken, place: &Place, package: &str) -> Vec<String> {
    let same = |it: &&Taken| it.place.as_ref().is_some_and(|it| it.path == place.path);
    let before = trace.taken.iter().filter(same).filter(|it| it.since < taken.since && !it.by.belongs_to(package));
    let modules: BTreeSet<String> = before.filter_map(|it| it.by.module.clone()).collect();
    modules.into_iter().collect()
}

/// Reads the events of a process in order.
fn joined(module: String, interpreter: String, seen: Observation) -> Trace {
    let mut join = Join { callers: callers(&seen.events), files: files(&seen.events), ..Join::default() };
    for event in &seen.events {
        match event.kind.as_str() {
            "traced" => join.call(event),
            "kept" => join.keep(&event.fields),
            _ => {}
        }
    }
    let tracing = seen.events.iter().find(|event| event.kind == "tracing");
    // An interpreter that is one with its functions calls them directly.
    let opaque = !join.callers.values().any(|it| it.object == INTERPRETER);
    let built_in = tracing.is_some_and(|event| event.fields.get("built_in") == Some(&Value::Bool(true)));
    let unseen = match tracing {
        None => Some("the process ended before it could be traced".to_owned()),
        Some(_) if opaque && built_in => Some("it is built into the interpreter".to_owned()),
        Some(event) => text(&event.fields, "unseen"),
    };
    Trace { module, interpreter, unseen, opaque, end: seen.end.clone(), seen, ..join.finish() }
}

/// The objects, by number: an extension was announced with its file before it was loaded.
fn callers(events: &[Event]) -> BTreeMap<u64, Caller> {
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "extension") {
        if let (Some(path), Some(module)) = (text(&event.fields, "path"), text(&event.fields, "module")) {
            modules.entry(path).or_insert(module);
        }
    }
    let mut callers = BTreeMap::new();
    let mut loading = None;
    for event in events {
        match event.kind.as_str() {
            "extension" => loading = text(&event.fields, "module"),
            "object" => {
                let path = text(&event.fields, "path").unwrap_or_default();
                let is_interpreter = event.fields.get("interpreter") == Some(&Value::Bool(true));
                let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                let caller = Caller {
                    object: if is_interpreter { INTERPRETER.to_owned() } else { name },
                    module: modules.get(&path).cloned(),
                    loaded_for: loading.clone().filter(|_| !is_interpreter),
                };
                callers.insert(number(&event.fields, "id"), caller);
            }
            _ => {}
        }
    }
    callers
}

/// The files of the objects, by number.
fn files(events: &[Event]) -> BTreeMap<u64, String> {
    let objects = events.iter().filter(|event| event.kind == "object");
    objects.filter_map(|event| Some((number(&event.fields, "id"), text(&event.fields, "path")?))).collect()
}

/// Where the pointer of a call came from: addresses of capsules are used again, so the last maker counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// The capsule with this number.
    Made(usize),
    /// One that was there before anybody looked, at this address.
    Address(u64),
    /// Whatever is found at this path.
    Path(String),
}

type Take = (u64, String, Option<String>, Source);

#[derive(Debug, Default)]
struct Join {
    callers: BTreeMap<u64, Caller>,
    calls: usize,
    made: Vec<Made>,
    makers: Vec<u64>,
    /// The call that made a capsule, and the first of each object that took it.
    sites: BTreeMap<(Source, u64), Site>,
    files: BTreeMap<u64, String>,
    at: BTreeMap<u64, usize>,
    /// Where and when it was first, and how often.
    taken: BTreeMap<Take, (String, usize, u64)>,
    failed: BTreeMap<FailedCall, u64>,
    places: BTreeMap<u64, Vec<(String, String)>>,
}

impl Join {
    fn call(&mut self, event: &Event) {
        let fields = &event.fields;
        self.calls += 1;
        let function = text(fields, "function").unwrap_or_default();
        let object = number(fields, "object");
        let by = self.callers.get(&object).cloned().unwrap_or_default();
        let name = text(fields, "name").map(|hex| String::from_utf8_lossy(&unhex(&hex)).into_owned());
        if fields.get("ok") != Some(&Value::Bool(true)) {
            // That a capsule is not the one asked for is an answer.
            if function != "PyCapsule_IsValid" {
                let error = text(fields, "after").unwrap_or_default();
                *self.failed.entry(FailedCall { by, function, name, error, times: 0 }).or_default() += 1;
            }
            return;
        }
        let capsule = number(fields, "capsule");
        let during = event.during.clone().unwrap_or_default();
        let file = self.files.get(&object).cloned().unwrap_or_default();
        let at: Vec<u64> =
            fields.get("at").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect();
        let makes = function == "PyCapsule_New";
        let site = Site { by: by.clone(), file, at, makes, place: None, during: during.clone() };
        let source = match function.as_str() {
            "PyCapsule_New" => {
                self.at.insert(capsule, self.made.len());
                self.sites.insert((Source::Made(self.made.len()), object), site);
                self.made.push(Made { by, name, place: None });
                self.makers.push(object);
                return;
            }
            "PyCapsule_GetPointer" => self.at.get(&capsule).map_or(Source::Address(capsule), |it| Source::Made(*it)),
            "PyCapsule_Import" => Source::Path(name.clone().unwrap_or_default()),
            _ => return,
        };
        self.sites.entry((source.clone(), object)).or_insert(site);
        self.taken.entry((object, function, name, source)).or_insert((during, self.calls, 0)).2 += 1;
    }

    fn keep(&mut self, fields: &Map<String, Value>) {
        let (path, how) = (text(fields, "path").unwrap_or_default(), text(fields, "how").unwrap_or_default());
        self.places.entry(number(fields, "capsule")).or_default().push((path, how));
    }

    fn finish(mut self) -> Trace {
        for (address, places) in &self.places {
            if let Some(made) = self.at.get(address).and_then(|index| self.made.get_mut(*index)) {
                made.place = place(places, made.name.as_deref());
            }
        }
        let mut taken: BTreeMap<Taken, u64> = BTreeMap::new();
        for ((object, via, name, source), (during, since, times)) in &self.taken {
            if let Source::Made(index) = source
                && self.makers[*index] == *object
            {
                // What an object does with its own capsules is between no two parties.
                continue;
            }
            let (place, from) = self.origin(source, name.as_deref());
            let by = self.callers.get(object).cloned().unwrap_or_default();
            let (via, name, during, since) = (via.clone(), name.clone(), during.clone(), *since);
            *taken.entry(Taken { by, via, name, place, from, during, since, times: 0 }).or_default() += times;
        }
        let mut sites = Vec::new();
        for ((source, _), site) in &self.sites {
            let (place, _) = self.origin(source, None);
            sites.push(Site { place, ..site.clone() });
        }
        Trace {
            sites,
            made: self.made,
            taken: taken.into_iter().map(|(it, times)| Taken { times, ..it }).collect(),
            failed: self.failed.into_iter().map(|(it, times)| FailedCall { times, ..it }).collect(),
            ..Trace::default()
        }
    }

    /// Where a capsule is kept, and who made it.
    fn origin(&self, source: &Source, name: Option<&str>) -> (Option<Place>, Option<Caller>) {
        match source {
            Source::Made(index) => (self.made[*index].place.clone(), Some(self.made[*index].by.clone())),
            Source::Address(address) => (self.places.get(address).and_then(|places| place(places, name)), None),
            Source::Path(path) => {
                let named = |it: &&Made| it.place.as_ref().is_some_and(|it| it.path == *path);
                let made = self.made.iter().find(named);
                let imported = Place { path: path.clone(), how: "attribute".to_owned(), aliases: Vec::new() };
                // Found again in the end, it has its other places; imported by name, it has this one.
                let mut at = self.places.values().filter(|places| places.iter().any(|(it, _)| it == path));
                let known = at.next().and_then(|places| place(places, Some(path)));
                (Some(known.unwrap_or(imported)), made.map(|it| it.by.clone()))
            }
        }
    }
}

/// The place that the name says, else the shortest, else the first.
fn place(places: &[(String, String)], name: Option<&str>) -> Option<Place> {
    let mut sorted: Vec<&(String, String)> = places.iter().collect();
    sorted.sort_by_key(|(path, how)| (Some(path.as_str()) != name, how != "attribute", path.len(), path.clone()));
    let (path, how) = sorted.first()?;
    let aliases: BTreeSet<String> = sorted[1..].iter().map(|(path, _)| path.clone()).collect();
    Some(Place { path: path.clone(), how: how.clone(), aliases: aliases.into_iter().collect() })
}

fn text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn number(fields: &Map<String, Value>, key: &str) -> u64 {
    fields.get(key).and_then(Value::as_u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(line: Value) -> Event {
        let Value::Object(mut fields) = line else { unreachable!("written as an object") };
        let kind = fields.remove("event").and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
        Event { kind, fields, during: None }
    }

    fn trace_of(lines: &[Value]) -> Trace {
        let events = lines.iter().cloned().map(event).collect();
        joined("m".to_owned(), "i".to_owned(), Observation { events, ..Observation::default() })
    }

    fn call(function: &str, object: u32, capsule: u32, name: &str) -> Value {
        let name = crate::embedded::hex(name.as_bytes());
        serde_json::json!({"event": "traced", "function": function, "object": object, "capsule": capsule,
                           "name": name, "after": "none", "ok": true})
    }

    fn object(id: u32, path: &str) -> Value {
        serde_json::json!({"event": "object", "id": id, "path": path, "interpreter": false})
    }

    /// What is known of `p` after a trace in which `q` and then `p` import a table of `r`, and `p` takes capsules of its own.
    fn fed(target: &Target) -> TargetFacts {
        let import = |object| call("PyCapsule_Import", object, 0, "r.table");
        let kept = |capsule: u32, path: &str, how: &str| serde_json::json!({"event": "kept", "capsule": capsule, "path": path, "how": how});
        let extension =
            |module: &str| serde_json::json!({"event": "extension", "module": module, "path": format!("/{module}.so")});
        let lines = [
            extension("q.deep"),
            object(1, "/q.deep.so"),
            import(1),
            extension("p.lib"),
            object(2, "/p.lib.so"),
            object(3, "/maker.so"),
            import(2),
            call("PyCapsule_New", 3, 7, "entry"),
            call("PyCapsule_GetPointer", 2, 7, "entry"),
            call("PyCapsule_New", 3, 8, "own"),
            call("PyCapsule_GetPointer", 2, 8, "own"),
            kept(7, "r.entries.entry", "dict"),
            kept(8, "p.own", "attribute"),
            kept(8, "z.own", "attribute"),
        ];
        let mut facts = TargetFacts { module: "p".to_owned(), ..TargetFacts::default() };
        feed(&mut facts, target, &trace_of(&lines));
        facts
    }

    #[test]
    fn what_others_make_and_keep_as_an_attribute_can_be_spoiled() {
        let facts = fed(&Target::default());
        let paths: Vec<&str> = facts.consumes.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["p.own", "r.entries.entry", "r.table"]);
        let entry = Consumes { capsule: Some("r.table".to_owned()), ..Consumes::default() };
        assert_eq!(facts.discovered, [Discovered { entry, preload: vec!["q.deep".to_owned()] }]);
    }

    #[test]
    fn the_word_of_a_manifest_wins() {
        let declared = Consumes { capsule: Some("r.table".to_owned()), optional: true, ..Consumes::default() };
        let facts = fed(&Target { consumes: vec![declared], ..Target::default() });
        assert_eq!((facts.consumes.len(), facts.discovered.len()), (3, 0));
    }

    #[test]
    fn an_address_that_is_used_again_belongs_to_the_last_maker() {
        let kept = serde_json::json!({"event": "kept", "capsule": 7, "path": "b.second", "how": "attribute"});
        let lines = [
            object(1, "/a.so"),
            object(2, "/b.so"),
            object(3, "/c.so"),
            call("PyCapsule_New", 1, 7, "first"),
            call("PyCapsule_GetPointer", 3, 7, "first"),
            call("PyCapsule_New", 2, 7, "second"),
            call("PyCapsule_GetPointer", 3, 7, "second"),
            kept,
        ];
        let trace = trace_of(&lines);
        let seen: Vec<_> =
            trace.taken.iter().map(|it| (it.from.as_ref().map(Caller::name), it.place.clone())).collect();
        let second = Place { path: "b.second".to_owned(), how: "attribute".to_owned(), aliases: Vec::new() };
        assert_eq!(seen, [(Some("a.so"), None), (Some("b.so"), Some(second))]);
    }

    #[test]
    fn what_an_object_does_with_its_own_capsule_is_not_taking() {
        let lines = [object(1, "/a.so"), call("PyCapsule_New", 1, 7, "a"), call("PyCapsule_GetPointer", 1, 7, "a")];
        let trace = trace_of(&lines);
        assert_eq!((trace.made.len(), trace.taken.len()), (1, 0));
    }

    #[test]
    fn a_library_belongs_to_the_extension_it_was_loaded_for() {
        let extension = serde_json::json!({"event": "extension", "module": "p.lib", "path": "/p/lib.so"});
        let lines = [extension, object(1, "/p/lib.so"), object(2, "/p/libdeep.so.1")];
        let callers = callers(&lines.map(event));
        assert_eq!((callers[&1].name(), callers[&2].name()), ("p.lib", "libdeep.so.1"));
        assert!(callers[&2].belongs_to("p") && !callers[&2].belongs_to("q"));
    }
}
