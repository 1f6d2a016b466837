//! The gateway's binary; all of it is in the library, so that tests can start the same thing.

fn main() -> std::process::ExitCode {
    server::main()
}
