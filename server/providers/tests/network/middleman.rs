//! A proxy: passes tunnels on to where they lead, and answers what is asked of it in plain itself.

use std::net::SocketAddr;

use http::Uri;
use providers::http::{Network, Proxy};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::upstream::Received;
use crate::vault::Authority;

/// What the proxy says to one who asks for a tunnel.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Makes it.
    Obliging,
    /// Says this.
    Saying(&'static str),
    /// Says nothing.
    Silent,
}

pub(crate) struct Middleman {
    address: SocketAddr,
    scheme: &'static str,
    asked: mpsc::UnboundedReceiver<Received>,
}

impl Middleman {
    pub(crate) async fn new(manner: Manner) -> Self {
        Self::listening(manner, None).await
    }

    /// One who is spoken to over TLS.
    pub(crate) async fn over_tls(authority: &Authority) -> Self {
        Self::listening(Manner::Obliging, Some(authority)).await
    }

    async fn listening(manner: Manner, authority: Option<&Authority>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (seen, asked) = mpsc::unbounded_channel();
        let acceptor = authority.map(Authority::acceptor);
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (seen, acceptor) = (seen.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        Some(acceptor) => match acceptor.accept(connection).await {
                            Ok(connection) => serve(connection, manner, seen).await,
                            Err(_distrusted) => {}
                        },
                        None => serve(connection, manner, seen).await,
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            asked,
        }
    }

    /// The network that goes by it, but for those hosts.
    pub(crate) fn network(&self, user: &str, except: &str) -> Network {
        let uri = format!("{}://{user}{}", self.scheme, self.address);
        Network {
            proxy: Some(Proxy {
                uri: uri.parse::<Uri>().expect("an address"),
                except: except.to_owned(),
            }),
            ..Network::default()
        }
    }

    /// The next thing that it was asked.
    pub(crate) async fn asked(&mut self) -> Received {
        tokio::time::timeout(crate::PATIENCE, self.asked.recv())
            .await
            .expect("it is asked")
            .expect("it runs")
    }

    pub(crate) fn was_asked(&mut self) -> bool {
        self.asked.try_recv().is_ok()
    }
}

async fn serve(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    manner: Manner,
    seen: mpsc::UnboundedSender<Received>,
) {
    let mut bytes = Vec::new();
    while connection.read_buf(&mut bytes).await.is_ok_and(|n| n > 0) {
        let Some((request, length)) = Received::parse(&bytes) else {
            continue;
        };
        bytes.drain(..length);
        let (is_tunnel, target) = (request.method == "CONNECT", request.target.clone());
        // Nobody listens any more once the test is over.
        let _over = seen.send(request);
        let answer = match (is_tunnel, manner) {
            (true, Manner::Silent) => continue,
            (true, Manner::Saying(answer)) => answer.as_bytes().to_vec(),
            (true, Manner::Obliging) => {
                let mut target = TcpStream::connect(target).await.expect("a target");
                let made = b"HTTP/1.1 200 Connection established\r\n\r\n";
                connection.write_all(made).await.expect("a client");
                // Either side may hang up.
                let _over = copy_bidirectional(&mut connection, &mut target).await;
                return;
            }
            (false, _) => crate::replying(),
        };
        if connection.write_all(&answer).await.is_err() {
            return;
        }
    }
}
