//! A project: the directory with `config.yaml`, its environment, and the metadata on disk.

use std::path::{Path, PathBuf};

use metadata::directory::{self, Diagnostic, Loaded};
use metadata::yaml::{Node, Position};
use metadata::{DecodeError, Document};

use super::config_file::ConfigFile;
use super::environment::Environment;
use super::error::{Error, Exit};
use super::options::Options;
use super::terminal::Terminal;

/// The project a command works in; commands that need none get an empty one.
#[derive(Debug)]
pub(super) struct Project {
    /// Its directory; empty for the current one, so that file names in messages stay short.
    pub(super) directory: PathBuf,
    pub(super) config: ConfigFile,
    pub(super) environment: Environment,
    has_config: bool,
}

impl Project {
    /// The named directory, or the nearest one upwards that has a `config.yaml`, or the current one.
    pub(super) fn find(options: &Options, terminal: &Terminal) -> Result<Self, Error> {
        let directory = match &options.project {
            Some(directory) if directory.is_dir() => directory.clone(),
            Some(directory) => {
                let message = format!("the project directory {} does not exist", directory.display());
                return Err(Error::usage(message)
                    .help(format!("start one with `conjoin init {}`", directory.display())));
            }
            None => nearest().unwrap_or_default(),
        };
        let config_path = directory.join("config.yaml");
        let has_config = config_path.is_file();
        let config = if has_config { ConfigFile::read(&config_path)? } else { ConfigFile::default() };
        for key in config.unknown_keys() {
            terminal.warn(&format!("{} has the key `{key}`, which means nothing", config_path.display()));
        }
        let environment = Environment::load(&directory, options.envfile.as_deref())?;
        Ok(Self { directory, config, environment, has_config })
    }

    /// Where the metadata is on disk: a directory, or in single-file mode a file.
    pub(super) fn metadata_path(&self) -> PathBuf {
        self.metadata_place().0
    }

    /// The same, and what says so.
    pub(super) fn metadata_place(&self) -> (PathBuf, String) {
        let setting = |name, of_config: &Option<String>| {
            let found = self.environment.lookup(&[name]).map(|(_, found)| (found.value, found.origin));
            let in_config = || of_config.clone().map(|value| (value, "config.yaml".to_owned()));
            found.or_else(in_config).filter(|(value, _)| !value.is_empty())
        };
        let file = setting("METADATA_FILE", &self.config.metadata_file);
        let path = file.or_else(|| setting("METADATA_DIRECTORY", &self.config.metadata_directory));
        let (path, origin) = path.unwrap_or_else(|| ("metadata".to_owned(), "the default".to_owned()));
        (self.directory.join(path), origin)
    }

    /// The project's `config.yaml`, if it has one.
    pub(super) fn config_file(&self) -> Option<PathBuf> {
        self.has_config.then(|| self.directory.join("config.yaml"))
    }

    /// Whether there is a project: a `config.yaml`, or metadata.
    pub(super) fn exists(&self) -> bool {
        self.has_config || self.metadata_path().exists()
    }

    /// Refuses a directory that has neither a `config.yaml` nor metadata: it is probably the wrong one.
    pub(super) fn require(&self) -> Result<(), Error> {
        if self.exists() {
            return Ok(());
        }
        let directory = match self.directory.as_os_str().is_empty() {
            true => std::env::current_dir().unwrap_or_default(),
            false => self.directory.clone(),
        };
        let mut error =
            Error::usage(format!("{} is not a project: it has no config.yaml", directory.display()))
                .help("name the project with --project DIR, or start one with `conjoin init DIR`");
        error.code = "no-project".into();
        Err(error)
    }

    /// The metadata on disk.
    pub(super) fn read_metadata(&self) -> Result<Document, Error> {
        read_document(&self.directory, &self.metadata_path())
    }

    /// Replaces the metadata on disk.
    pub(super) fn write_metadata(&self, document: &Document) -> Result<Vec<PathBuf>, Error> {
        write_document(&self.metadata_path(), document)
    }
}

fn nearest() -> Option<PathBuf> {
    if Path::new("config.yaml").is_file() {
        return None;
    }
    let current = std::env::current_dir().ok()?;
    let found = current.ancestors().find(|directory| directory.join("config.yaml").is_file());
    found.map(Path::to_owned)
}

/// Reads a metadata directory, or a file with the whole document; includes may name any file of `project`.
pub(super) fn read_document(project: &Path, path: &Path) -> Result<Document, Error> {
    load(project, path).map(|loaded| loaded.document)
}

/// The same, which still knows where everything stands.
pub(super) fn load(project: &Path, path: &Path) -> Result<Loaded, Error> {
    let help = "fetch it with `conjoin metadata export`, or set metadata_directory in config.yaml";
    metadata::directory::read_within(project, path).map_err(|error| from_directory(error, help))
}

/// What is wrong with metadata on disk, at its place in the file. `help` is for a directory that cannot be read at all.
pub(super) fn from_directory(error: directory::Error, help: &str) -> Error {
    let Diagnostic { file, line, column, message, path, .. } = match error {
        directory::Error::Invalid(diagnostic) => *diagnostic,
        error => {
            return Error::failed("no-metadata", error.to_string()).help(help);
        }
    };
    let at = Position { source: 0, line, column };
    let Some(path) = path else { return not_yaml(message).at(&file, at) };
    Error::failed("invalid-metadata", message).pointer(path).at(&file, at)
}

/// Writes a metadata directory, or in single-file mode one file. Answers the files that changed.
pub(super) fn write_document(path: &Path, document: &Document) -> Result<Vec<PathBuf>, Error> {
    let is_file = path
        .extension()
        .is_some_and(|extension| extension == "json" || extension == "yaml" || extension == "yml");
    if !is_file {
        return metadata::directory::write(path, document)
            .map_err(|error| Error::failed("io", error.to_string()));
    }
    let format = if is_json(path) { super::Format::Json } else { super::Format::Yaml };
    let text = super::terminal::render(format, &document.to_json());
    std::fs::write(path, text).map_err(|error| Error::io("write", path, &error))?;
    Ok(vec![path.to_owned()])
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// Reads one YAML or JSON file.
pub(super) fn read_yaml(path: &Path) -> Result<Node, Error> {
    let text = std::fs::read(path).map_err(|error| Error::io("read", path, &error))?;
    metadata::yaml::parse(&text, 0)
        .map_err(|error| not_yaml(error.message).at(path, error.at).exit(Exit::Usage))
}

fn not_yaml(message: String) -> Error {
    Error::failed("invalid-yaml", message)
        .help("check the indentation, and quote texts that hold `: `, ` #`, or start with one of `{[*&!%@`")
}

/// A value that is not what it should be, at its place in the file.
pub(super) fn from_decode(code: &str, path: &Path, node: &Node, error: DecodeError) -> Error {
    let at = node.find(&error.path).at;
    Error::failed(code, error.message).pointer(error.path).at(path, at).exit(Exit::Usage)
}
