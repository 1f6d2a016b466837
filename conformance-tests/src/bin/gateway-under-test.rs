//! The gateway that the tests drive: the same `main` as the shipped binary's, built with them.

fn main() -> std::process::ExitCode {
    server::main()
}
