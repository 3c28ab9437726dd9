//! Hosts that exist as long as the test does. A namespace lives as long as a process in it: here
//! that is `cat`, which reads from the test and ends when the test does, however that ends. No
//! name is given to anything outside, so nothing is left to be removed.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

/// A bridge in a namespace of its own, and hosts that are connected to it.
pub(crate) struct Network {
    bridge: Holder,
    hosts: Vec<Holder>,
}

/// The address of a host.
pub(crate) fn address(host: usize) -> String {
    format!("10.15.0.{}", host + 1)
}

impl Network {
    /// `None`, and a line on standard error, if this user may not have it on this system.
    pub(crate) fn new(hosts: usize) -> Option<Self> {
        match Network::try_new(hosts) {
            Ok(network) => Some(network),
            Err(why) => {
                testkit::skip(format!("hosts in network namespaces: {why}"));
                None
            }
        }
    }

    fn try_new(hosts: usize) -> Result<Self, String> {
        // Root has the right to make networks. Others have it in a user namespace of their own.
        let root = nix::unistd::geteuid().is_root();
        let user: &[&str] = if root { &[] } else { &["--user", "--map-root-user"] };
        let mut unshare = Command::new("unshare");
        let bridge = "ip link add br0 type bridge && ip link set br0 up";
        let bridge = Holder::start(unshare.args(user).arg("--net"), bridge)?;
        let mut network = Network { bridge, hosts: Vec::new() };
        for host in 0..hosts {
            network.add(host)?;
        }
        Ok(network)
    }

    fn add(&mut self, host: usize) -> Result<(), String> {
        let mut unshare = self.bridge.command("unshare");
        let holder = Holder::start(unshare.arg("--net"), "ip link set lo up")?;
        let pid = holder.process.id();
        self.bridge.run(&format!(
            "ip link add port{host} type veth peer name eth0 netns {pid} &&
             ip link set port{host} master br0 up"
        ))?;
        let address = address(host);
        holder.run(&format!("ip address add {address}/24 dev eth0 && ip link set eth0 up"))?;
        self.hosts.push(holder);
        Ok(())
    }

    /// A program on a host. It becomes the process that is started, and not a child of that.
    pub(crate) fn on(&self, host: usize, program: &str) -> Command {
        self.hosts[host].command(program)
    }

    /// Pulls the cable, at the other end.
    pub(crate) fn cut_off(&self, host: usize) {
        self.bridge.run(&format!("ip link set port{host} down")).expect("there is such a port");
    }
}

/// A process that holds a namespace.
struct Holder {
    process: Child,
}

impl Holder {
    /// `unshare` with its arguments; `script` makes the namespace ready.
    fn start(unshare: &mut Command, script: &str) -> Result<Self, String> {
        unshare.args(["sh", "-c", &format!("{script} && echo ready && exec cat > /dev/null")]);
        unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = unshare.spawn().map_err(|error| format!("unshare: {error}"))?;
        let mut holder = Holder { process };
        let mut said = String::new();
        let output = holder.process.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut said).map_err(|error| error.to_string())?;
        if said == "ready\n" {
            return Ok(holder);
        }
        let mut why = String::new();
        let mut errors = holder.process.stderr.take().expect("a pipe");
        errors.read_to_string(&mut why).map_err(|error| error.to_string())?;
        Err(why.trim().to_owned())
    }

    /// A command in this namespace.
    fn command(&self, program: &str) -> Command {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["--target", &self.process.id().to_string(), "--net"]);
        if !nix::unistd::geteuid().is_root() {
            nsenter.args(["--user", "--preserve-credentials"]);
        }
        nsenter.args(["--", program]);
        nsenter
    }

    fn run(&self, script: &str) -> Result<(), String> {
        let mut sh = self.command("sh");
        let output =
            sh.args(["-c", script]).output().map_err(|error| format!("nsenter: {error}"))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
