//! The compatibility table of the documentation, written from the tables that requests are planned by.
//!
//! Decides nothing: what it says is what [`Target::verdict`] says.

use std::fmt::Write as _;

use crate::anthropic::{Anthropic, CLAUDES, Claude};
use crate::converse::Bedrock;
use crate::openai_chat::{Quirks, Server, ToolChoices};
use crate::{Leaf, Target, Verdict};

/// A model of the middle: it takes sampling, a budget and a promised schema.
const CLAUDE: &str = "claude-sonnet-4-5";

const HEAD: &str = "# What becomes of a request

This file is written by `cargo run -p dialects --example compatibility > COMPATIBILITY.md` from the tables that requests are planned by; a test compares the two.

A request that its target speaks natively goes out as it came and is in no table.
Every other request is planned before anything is sent.
What the target cannot say and the request cannot do without is refused with a `ValidationException` that names the place.
What is lost otherwise is listed in the header `x-gateway-warnings`, as `place;action;reason`.

| word | what it means |
|---|---|
| native | the format has a member for it |
| exact | said in another way that neither caller nor model can tell apart |
| approximated | said in another way that the model can tell apart, with a warning |
| dropped | left out, with a warning |
| silent | left out without a word, since nothing is lost with it |
| refused | the request is answered with a 400 |
";

const LEAVES: &str = "
## By what a request says

`bedrock` is a body of another format that goes to Claude on Bedrock, here as `anthropic.claude-sonnet-4-5`; what was written for Bedrock is passed on untouched.
`anthropic` is `claude-sonnet-4-5` at Anthropic; other generations are below.
`openai` is `gpt-4.1` and `openai, reasoning` is `gpt-5` at OpenAI.
`compatible` is a server of which nothing is known but that it speaks OpenAI's format; well-known servers are below.

| place | what it is | bedrock | anthropic | openai | openai, reasoning | compatible |
|---|---|---|---|---|---|---|
";

const GENERATIONS: &str = "
## Generations of Claude

The longest beginning that fits a model's name speaks for it.
Most output is what is asked for where the caller sets no limit; for another Claude that is 64000, for any other name 8192.

| name begins | most output | temperature | reasoning off | adaptive | budget | effort | schema | prefill | forced tool | system turns |
|---|---|---|---|---|---|---|---|---|---|---|
";

const SERVERS: &str = "
## Servers of OpenAI's format

`server` in a provider's configuration names the row; `quirks` departs from it.

| server | choice of tools | one call a turn | strict tools | schema | images | files | audio | stop sequences | top k | effort | tiers | prefill |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

/// The table as Markdown.
pub fn compatibility() -> String {
    let openai = Quirks::OPENAI;
    let compatible = Quirks::COMPATIBLE;
    let targets: [&dyn Target; 5] = [
        &Bedrock::new("anthropic.claude-sonnet-4-5"),
        &Anthropic::new(CLAUDE),
        &Server::new(&openai, "gpt-4.1"),
        &Server::new(&openai, "gpt-5"),
        &Server::new(&compatible, ""),
    ];
    let mut page = format!("{HEAD}{LEAVES}");
    for leaf in Leaf::ALL {
        let verdicts: Vec<String> = targets
            .iter()
            .map(|target| verdict(target.verdict(*leaf)))
            .collect();
        row(
            &mut page,
            &[
                &[format!("`{}`", leaf.path()), leaf.meaning().to_owned()],
                verdicts.as_slice(),
            ]
            .concat(),
        );
    }
    page.push_str(GENERATIONS);
    for claude in CLAUDES {
        row(&mut page, &generation(claude));
    }
    page.push_str(SERVERS);
    for quirks in &Quirks::ROWS {
        row(&mut page, &server(quirks));
    }
    page
}

fn generation(claude: &Claude) -> Vec<String> {
    let target = Anthropic::new(claude.prefix);
    let word = |leaf| word(target.verdict(leaf)).to_owned();
    let temperature = if claude.takes_one() {
        "native, or top p".to_owned()
    } else {
        word(Leaf::Temperature)
    };
    let effort = if claude.efforts.is_empty() {
        word(Leaf::OutputEffort)
    } else {
        claude.efforts.join(", ")
    };
    vec![
        format!("`{}`", claude.prefix),
        claude.max_output.to_string(),
        temperature,
        word(Leaf::ReasoningOff),
        word(Leaf::ReasoningAdaptive),
        word(Leaf::ReasoningBudget),
        effort,
        word(Leaf::OutputSchema),
        word(Leaf::Prefill),
        word(Leaf::ChoiceTool),
        word(Leaf::MessageSystem),
    ]
}

fn server(quirks: &Quirks) -> Vec<String> {
    let target = Server::new(quirks, "");
    let word = |leaf| word(target.verdict(leaf)).to_owned();
    let choices = match quirks.tool_choice {
        ToolChoices::All => "all",
        ToolChoices::Required => "all, one by offering it alone",
        ToolChoices::Auto => "auto, none",
    };
    let efforts = if quirks.reasoning_models {
        "by model".to_owned()
    } else {
        quirks.efforts_of("").join(", ")
    };
    let stops = quirks
        .stop_sequences
        .map_or_else(|| "any number".to_owned(), |most| most.to_string());
    vec![
        format!("`{}`", quirks.name),
        choices.to_owned(),
        word(Leaf::SingleCall),
        word(Leaf::ToolStrict),
        word(Leaf::OutputSchema),
        word(Leaf::ImageBytes),
        word(Leaf::DocumentPdf),
        word(Leaf::AudioCommon),
        stops,
        word(Leaf::TopK),
        efforts,
        word(Leaf::TierFlex),
        word(Leaf::Prefill),
    ]
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Native => "native",
        Verdict::Exact(_) => "exact",
        Verdict::Approximate(_) => "approximated",
        Verdict::Dropped(_) => "dropped",
        Verdict::Silent(_) => "silent",
        Verdict::Refused(_) => "refused",
    }
}

fn verdict(verdict: Verdict) -> String {
    let word = word(verdict);
    match verdict {
        Verdict::Native | Verdict::Refused("") => word.to_owned(),
        Verdict::Exact(how) | Verdict::Approximate(how) => format!("{word}: {how}"),
        Verdict::Dropped(why) | Verdict::Silent(why) | Verdict::Refused(why) => {
            format!("{word}: {why}")
        }
    }
}

fn row(page: &mut String, cells: &[String]) {
    for cell in cells {
        // Writing into a text never fails.
        let _never = write!(page, "| {} ", cell.replace('|', "\\|"));
    }
    page.push_str("|\n");
}
