//! A process pool.

mod board;
mod builder;
mod burial;
mod call;
mod chunk;
mod dispatcher;
mod error;
mod handle;
mod imap;
mod link;
mod message;
mod outbox;
mod pace;
mod payload;
mod pool;
mod queue;
mod receive;
mod run;
mod shutdown;
mod system;
mod task;
mod worker;

pub use builder::Builder;
pub use error::{Cause, Error, Exit, What};
pub use handle::{Handle, MapHandle};
pub use imap::{Imap, ImapUnordered};
pub use payload::{Bytes, Payload};
pub use pool::{Pool, Progress};
