//! A headless Chromium, driven through chromedriver by the commands of W3C `WebDriver` that the tests need.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

/// How `WebDriver` names an element in an answer.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser with one window; closed when it is dropped.
pub(crate) struct Browser {
    driver: Child,
    agent: Agent,
    session: String,
}

impl Browser {
    pub(crate) fn start() -> Browser {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut driver = driver.expect("chromedriver is installed: apt-get install chromium chromium-driver");
        let said = BufReader::new(driver.stdout.take().expect("it is piped"));
        let port = said.lines().map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1;
            Some(port.trim_end_matches('.').to_owned())
        });
        let port = port.expect("chromedriver says its port");
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_mins(1)));
        let agent: Agent = config.proxy(None).build().into();
        let mut browser = Browser { driver, agent, session: format!("http://127.0.0.1:{port}/session") };
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1300,900"];
        let created = browser.send(
            "",
            &json!({"capabilities": {"alwaysMatch": {
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                "goog:chromeOptions": {"args": arguments},
            }}}),
        );
        let id = created["sessionId"].as_str().expect("a session has an id").to_owned();
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    fn send(&self, command: &str, body: &Value) -> Value {
        let url = format!("{}{command}", self.session);
        let mut answer = self.agent.post(&url).send_json(body).expect("chromedriver answers");
        let answer: Value = answer.body_mut().read_json().expect("it answers in JSON");
        assert!(answer["value"].get("error").is_none(), "{command}: {}", answer["value"]);
        answer["value"].clone()
    }

    pub(crate) fn open(&self, url: &str) {
        self.send("/url", &json!({ "url": url }));
    }

    /// The value of a script: `return …`.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.send("/execute/sync", &json!({"script": script, "args": []}))
    }

    pub(crate) fn text(&self, script: &str) -> String {
        let value = self.script(script);
        value.as_str().unwrap_or_else(|| panic!("`{script}` returns {value}")).to_owned()
    }

    /// Until a script returns true; the page filters and draws a moment later.
    #[track_caller]
    pub(crate) fn wait_for(&self, condition: &str) {
        for _ in 0..100 {
            if self.script(condition) == json!(true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        panic!("`{condition}` does not come true");
    }

    /// A click where the first such element is, as a user does it: whatever covers the element gets it instead.
    pub(crate) fn click(&self, selector: &str) {
        let found = self.send("/element", &json!({"using": "css selector", "value": selector}));
        let id = found[ELEMENT].as_str().expect("an element");
        self.send(&format!("/element/{id}/click"), &json!({}));
    }

    /// Keys for whatever has the focus.
    pub(crate) fn keys(&self, keys: &[&str]) {
        let press = |key: &&str| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})];
        let actions: Vec<Value> = keys.iter().flat_map(press).collect();
        self.send("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}));
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn chromium(&self, command: &str, parameters: &Value) {
        self.send("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    /// What the console says since it was last asked.
    pub(crate) fn console(&self) -> Vec<Value> {
        self.log("browser")
    }

    /// The addresses of everything that was fetched since it was last asked.
    pub(crate) fn fetched(&self) -> Vec<String> {
        let told = self.log("performance").into_iter().filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            is_request.then(|| message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned())
        });
        told.collect()
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.send("/se/log", &json!({ "type": kind })).as_array().cloned().expect("a log is a list")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser goes with its session; chromedriver itself is our child.
        drop(self.agent.delete(&self.session).call());
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
