//! Names that may not stand in certain places: providers in the neutral crates, shapes of the model in the generator.

use std::collections::BTreeSet;
use std::fs;

use conformance_tests::shared::workspace_root;

use crate::files;

/// What the provider-neutral crates must not know.
const OF_PROVIDERS: &[&str] = &[
    "ai21",
    "amazon",
    "anthropic",
    "arn",
    "aws",
    "azure",
    "bedrock",
    "cerebras",
    "claude",
    "cohere",
    "deepinfra",
    "deepseek",
    "fireworks",
    "gemini",
    "gemma",
    "google",
    "gpt",
    "groq",
    "llama",
    "mistral",
    "nova",
    "nvidia",
    "ollama",
    "openai",
    "openrouter",
    "perplexity",
    "qwen",
    "s3",
    "sagemaker",
    "titan",
    "vertex",
    "vllm",
    "xai",
];

/// The provider-neutral crates.
const NEUTRAL: [&str; 2] = ["server/llm/", "server/pipeline/"];

#[test]
fn neutral_crates_name_no_provider() {
    let faults: Vec<String> = files::all()
        .iter()
        .filter(|file| file.is_rust() || file.path.ends_with(".toml"))
        .filter(|file| NEUTRAL.iter().any(|folder| file.path.starts_with(folder)))
        .flat_map(|file| {
            let lines = file.text.lines().enumerate();
            lines
                .filter_map(|(index, line)| {
                    provider_in(line).map(|name| format!("{}:{}: {name}", file.path, index + 1))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        faults.is_empty(),
        "these crates know no provider and no AWS:\n{}",
        faults.join("\n")
    );
}

#[test]
fn the_generator_names_no_operation_and_no_shape() {
    let names = names_of_the_models();
    assert!(
        names.contains("ConverseStream") && names.contains("ContentBlock"),
        "the models in model/ have names"
    );
    let faults: Vec<String> = files::rust()
        .filter(|file| file.path.starts_with("codegen/src/") && !may_name_shapes(&file.path))
        .flat_map(|file| {
            let words: BTreeSet<&str> = identifiers(&file.text)
                .filter(|word| names.contains(*word))
                .collect();
            words
                .into_iter()
                .map(|word| format!("{}: {word}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        faults.is_empty(),
        "the generator treats all shapes alike; exceptions are fixups:\n{}",
        faults.join("\n")
    );
}

/// The fixups, and the list of operations to generate.
fn may_name_shapes(path: &str) -> bool {
    matches!(path, "codegen/src/fixups.rs" | "codegen/src/operations.rs")
}

/// Operations, and shapes of two or more words: a name of one word, such as `Message`, is a word of everybody's.
fn names_of_the_models() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for model in ["bedrock-runtime.json", "bedrock.json"] {
        let text = fs::read(workspace_root().join("model").join(model)).unwrap();
        let ast: serde_json::Value = serde_json::from_slice(&text).unwrap();
        for (id, shape) in ast["shapes"].as_object().unwrap() {
            let name = id.rsplit('#').next().unwrap_or(id);
            // The services' own names stand in the import's table, since one of the published forms lacks them.
            if shape["type"] == "operation" || (shape["type"] != "service" && words(name).len() > 1)
            {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// The first forbidden name in a line, as a whole word of prose or of an identifier.
fn provider_in(line: &str) -> Option<&'static str> {
    let line = line
        .replace("bedrock-gateway", "")
        .replace("bedrock_gateway", "");
    for identifier in identifiers(&line) {
        for part in identifier.split('_') {
            let words = words(part);
            let joined = words.windows(2).map(|pair| pair.concat());
            let whole = std::iter::once(part.to_ascii_lowercase());
            let found = words
                .iter()
                .cloned()
                .chain(joined)
                .chain(whole)
                .find_map(|word| OF_PROVIDERS.iter().find(|name| **name == word));
            if let Some(name) = found {
                return Some(name);
            }
        }
    }
    None
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
}

/// `OpenAiUrl` is `open`, `ai`, `url`; `AWSRegion` is `aws`, `region`; digits stay with what they follow.
fn words(identifier: &str) -> Vec<String> {
    let letters: Vec<char> = identifier.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && !letters[index - 1].is_uppercase();
        let before_lower = letters
            .get(index + 1)
            .is_some_and(|next| next.is_lowercase());
        match words.last_mut() {
            Some(word) if !(letter.is_uppercase() && (after_lower || before_lower)) => {
                word.extend(letter.to_lowercase())
            }
            Some(_) | None => words.push(letter.to_lowercase().collect()),
        }
    }
    words
}

#[test]
fn whole_words_are_found_in_prose_and_in_identifiers() {
    for line in [
        "let aws_region = 1;",
        "struct OpenAiUrl;",
        "struct OpenAI;",
        "// An ARN, say.",
        "S3Location",
        "enum X { Bedrock }",
        "use AWSRegion;",
        "ai21",
    ] {
        assert!(provider_in(line).is_some(), "{line}");
    }
    for line in [
        "// bedrock-gateway",
        "learn, warn, novation",
        "let laws = pause;",
        "is3",
        "supernova_count",
        "Warning",
    ] {
        assert_eq!(provider_in(line), None, "{line}");
    }
}

#[test]
fn identifiers_fall_into_words() {
    assert_eq!(words("ContentBlock"), ["content", "block"]);
    assert_eq!(words("S3Location"), ["s3", "location"]);
    assert_eq!(words("message"), ["message"]);
}
