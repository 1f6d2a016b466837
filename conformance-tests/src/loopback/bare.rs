//! An upstream of bare sockets: it answers with the very bytes of the test, and ends the connection as the test says.
//!
//! For what no HTTP library does of itself: an answer whose end is the connection's, and a connection that is reset.

use std::net::SocketAddr;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::loopback::fault::{self, Fault, within};

/// A listening upstream; it is gone when this is dropped.
#[derive(Debug)]
pub struct Bare {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bare {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// There is none.
    pub async fn start() -> Result<Self, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(fault::of("a port for the bare upstream"))?;
        let address = listener
            .local_addr()
            .map_err(fault::of("a port for the bare upstream"))?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection, its request read to the end and thrown away.
    ///
    /// # Errors
    /// None comes, or its request is not one with a length.
    pub async fn arrived(&self) -> Result<Socket, Fault> {
        within("a request at the bare upstream", async {
            let (mut stream, _) = self
                .listener
                .accept()
                .await
                .map_err(fault::of("accepting a connection"))?;
            stream
                .set_nodelay(true)
                .map_err(fault::of("accepting a connection"))?;
            read_request(&mut stream).await?;
            Ok(Socket { stream })
        })
        .await?
    }
}

/// The upstream's end of one connection. Dropping it is the proper end of a connection (FIN).
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
}

impl Socket {
    /// Writes bytes as they are.
    ///
    /// # Errors
    /// The gateway has closed the connection.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Fault> {
        within("writing an answer", self.stream.write_all(bytes.as_ref()))
            .await?
            .map_err(fault::of("writing an answer"))
    }

    /// Breaks the connection off (RST). What was written and not yet read may be lost.
    ///
    /// # Errors
    /// The machine does not let one.
    pub fn reset(self) -> Result<(), Fault> {
        self.stream
            .set_zero_linger()
            .map_err(fault::of("a reset of the connection"))
    }

    /// Waits until the gateway has closed the connection.
    ///
    /// # Errors
    /// It does not, or says more instead.
    pub async fn gone(mut self) -> Result<(), Fault> {
        within("the end of the connection", async {
            // A reset is an end as well.
            match self.stream.read_u8().await {
                Ok(byte) => Err(Fault::new(format!("not an end but the byte {byte}"))),
                Err(_) => Ok(()),
            }
        })
        .await?
    }
}

/// Reads a request of known length.
async fn read_request(stream: &mut TcpStream) -> Result<(), Fault> {
    let mut read = BytesMut::new();
    loop {
        let whole = read
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map(|end| end + 4 + body_length(read.get(..end).unwrap_or_default()));
        if whole.is_some_and(|whole| read.len() >= whole) {
            return Ok(());
        }
        let n_read = stream
            .read_buf(&mut read)
            .await
            .map_err(fault::of("reading a request"))?;
        if n_read == 0 {
            return Err(Fault::new("the connection closed inside a request"));
        }
    }
}

/// The length of a request's body by its head; none told is none there.
fn body_length(head: &[u8]) -> usize {
    String::from_utf8_lossy(head)
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .unwrap_or_default()
}
