//! Prints the compatibility table: `cargo run -p dialects --example compatibility > COMPATIBILITY.md`.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

fn main() {
    print!("{}", dialects::compatibility());
}
