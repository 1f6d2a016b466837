//! The registry of SDKs: what each needs of the machine, where its driver lies and how it is started.
//!
//! A [`Kit`] is what is installed at once; an [`Sdk`] is one driver. The two Java clients share a kit.
//! [`SDKS`] are those that speak Bedrock's operations and make the matrix; [`CLIENTS`] stand on one of them, or speak the
//! body of InvokeModel, and have calls of their own. A kit without a driver is a server.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Something of the machine that a kit is built or run with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// The program's name on the search path.
    pub program: &'static str,
    /// What makes it print its version.
    pub version: &'static [&'static str],
}

const PYTHON: Tool = Tool {
    program: "python3",
    version: &["--version"],
};
const NODE: Tool = Tool {
    program: "node",
    version: &["--version"],
};
const NPM: Tool = Tool {
    program: "npm",
    version: &["--version"],
};
const GO: Tool = Tool {
    program: "go",
    version: &["version"],
};
const JAVAC: Tool = Tool {
    program: "javac",
    version: &["-version"],
};
const JAVA: Tool = Tool {
    program: "java",
    version: &["-version"],
};
const MAVEN: Tool = Tool {
    program: "mvn",
    version: &["--version"],
};
const CARGO: Tool = Tool {
    program: "cargo",
    version: &["--version"],
};

/// How a kit is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// A virtual environment with the pinned requirements; the driver, if there is one, runs from the source tree.
    Python {
        /// The driver's file in the folder `python`.
        driver: Option<&'static str>,
    },
    /// `npm ci` beside a copy of the driver, since modules are looked up from where the driver lies.
    Node,
    /// One static binary.
    Go,
    /// The dependencies copied to `lib`, the driver compiled to `classes`.
    Java,
    /// One binary, built in a target directory of its own.
    Rust,
}

/// What is installed in one go, under a folder of the kit's name.
#[derive(Debug, Clone, Copy)]
pub struct Kit {
    /// The folder's name, in `sdks/` and under the root.
    pub name: &'static str,
    /// The programs it cannot do without; one that is missing is a named skip.
    pub tools: &'static [Tool],
    /// How it is installed.
    pub recipe: Recipe,
}

/// One client with its default transport: a column of the matrix.
#[derive(Debug, Clone, Copy)]
pub struct Sdk {
    /// The name in the matrix, in `attempts.json` and in a scenario's exceptions.
    pub name: &'static str,
    /// The kit that holds its driver.
    pub kit: &'static str,
    /// What the driver is told on its command line.
    pub argument: Option<&'static str>,
    /// How many cases it has in flight: more where retries wait long, fewer where a client of its own costs much.
    pub window: usize,
}

/// Every kit, in the order of installation: the slow one first.
pub static KITS: &[Kit] = &[
    Kit {
        name: "rust",
        tools: &[CARGO],
        recipe: Recipe::Rust,
    },
    Kit {
        name: "java",
        tools: &[JAVA, JAVAC, MAVEN],
        recipe: Recipe::Java,
    },
    Kit {
        name: "go",
        tools: &[GO],
        recipe: Recipe::Go,
    },
    Kit {
        name: "js",
        tools: &[NODE, NPM],
        recipe: Recipe::Node,
    },
    Kit {
        name: "boto3",
        tools: &[PYTHON],
        recipe: Recipe::Python {
            driver: Some("boto3_driver.py"),
        },
    },
    Kit {
        name: "boto3-1.40",
        tools: &[PYTHON],
        recipe: Recipe::Python {
            driver: Some("boto3_driver.py"),
        },
    },
    Kit {
        name: "awscli",
        tools: &[PYTHON],
        recipe: Recipe::Python {
            driver: Some("cli_driver.py"),
        },
    },
    Kit {
        name: "anthropic-js",
        tools: &[NODE, NPM],
        recipe: Recipe::Node,
    },
    Kit {
        name: "anthropic-py",
        tools: &[PYTHON],
        recipe: Recipe::Python {
            driver: Some("anthropic_driver.py"),
        },
    },
    Kit {
        name: "langchain",
        tools: &[PYTHON],
        recipe: Recipe::Python {
            driver: Some("langchain_driver.py"),
        },
    },
    Kit {
        name: "strands",
        tools: &[PYTHON],
        recipe: Recipe::Python {
            driver: Some("strands_driver.py"),
        },
    },
    Kit {
        name: "litellm",
        tools: &[PYTHON],
        recipe: Recipe::Python { driver: None },
    },
];

/// Every SDK, in the order of the matrix.
pub static SDKS: &[Sdk] = &[
    Sdk {
        name: "boto3",
        kit: "boto3",
        argument: None,
        window: 12,
    },
    Sdk {
        name: "boto3-1.40",
        kit: "boto3-1.40",
        argument: None,
        window: 24,
    },
    Sdk {
        name: "awscli",
        kit: "awscli",
        argument: None,
        window: 12,
    },
    Sdk {
        name: "js",
        kit: "js",
        argument: None,
        window: 12,
    },
    Sdk {
        name: "go",
        kit: "go",
        argument: None,
        window: 12,
    },
    Sdk {
        name: "java-sync",
        kit: "java",
        argument: Some("sync"),
        window: 8,
    },
    Sdk {
        name: "java-async",
        kit: "java",
        argument: Some("async"),
        window: 8,
    },
    Sdk {
        name: "rust",
        kit: "rust",
        argument: None,
        window: 12,
    },
];

/// The clients that have calls of their own, as their drivers name them.
pub static CLIENTS: &[Sdk] = &[
    Sdk {
        name: "anthropic-py",
        kit: "anthropic-py",
        argument: None,
        window: 12,
    },
    Sdk {
        name: "anthropic-js",
        kit: "anthropic-js",
        argument: None,
        window: 12,
    },
    Sdk {
        name: "langchain",
        kit: "langchain",
        argument: None,
        window: 8,
    },
    Sdk {
        name: "strands",
        kit: "strands",
        argument: None,
        window: 4,
    },
];

/// The kit whose program is a server of the Chat Completions format.
pub const LITELLM: &str = "litellm";

/// The kit of that name.
#[must_use]
pub fn kit(name: &str) -> Option<&'static Kit> {
    KITS.iter().find(|kit| kit.name == name)
}

/// The client of that name.
#[must_use]
pub fn client(name: &str) -> Option<&'static Sdk> {
    CLIENTS.iter().find(|sdk| sdk.name == name)
}

/// The SDK of that name.
#[must_use]
pub fn sdk(name: &str) -> Option<&'static Sdk> {
    SDKS.iter().find(|sdk| sdk.name == name)
}

impl Sdk {
    /// The kit that holds this SDK's driver.
    #[must_use]
    pub fn kit(&self) -> Option<&'static Kit> {
        kit(self.kit)
    }
}

impl Kit {
    /// The committed manifest and, but for Python, the driver.
    #[must_use]
    pub fn source(&self) -> PathBuf {
        sources().join(self.name)
    }

    /// Where it is installed under `root`.
    #[must_use]
    pub fn home(&self, root: &Path) -> PathBuf {
        root.join(self.name)
    }

    /// The program that drives the SDK and its arguments; of a kit without a driver, its interpreter alone.
    #[must_use]
    pub fn command(&self, root: &Path) -> Vec<OsString> {
        let home = self.home(root);
        match self.recipe {
            Recipe::Python { driver } => {
                // No byte code is left beside the committed sources.
                let mut words = vec![home.join("bin/python").into(), "-B".into()];
                words.extend(driver.map(|driver| sources().join("python").join(driver).into()));
                words
            }
            Recipe::Node => vec!["node".into(), home.join("driver.mjs").into()],
            Recipe::Go => vec![home.join("driver").into()],
            Recipe::Java => {
                let mut classes = OsString::from(home.join("classes"));
                classes.push(":");
                classes.push(home.join("lib/*"));
                vec!["java".into(), "-cp".into(), classes, "Driver".into()]
            }
            Recipe::Rust => vec![home.join("debug/conformance-driver-rust").into()],
        }
    }
}

/// The folder of the committed drivers and manifests.
#[must_use]
pub fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdks")
}
