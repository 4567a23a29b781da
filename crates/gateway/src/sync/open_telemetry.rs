//! What is wrong with the section `opentelemetry`. It is asked here and not where the catalog is built, because addresses, headers
//! and even the status may come from the environment.

use engine::fault::Code;
use engine::problem::{MetadataObject, Problem, Severity, TelemetryPart};
use metadata::telemetry::{DataType, Exporter, OpenTelemetry, Status};
use serde_json::{Value, json};

use crate::upstream::headers;
use crate::upstream::template::{Env, TemplateError, expand, resolve_template};

/// Why a part of the section cannot be used.
struct Flaw {
    code: Code,
    reason: String,
}

/// The parts that cannot be used. Nothing is asked of a section that is switched off.
pub fn problems(config: &OpenTelemetry, env: Env<'_>) -> Vec<Problem> {
    let exporter = || config.exporter_otlp.to_report();
    match is_enabled(&config.status, env) {
        Ok(false) => return Vec::new(),
        Err(flaw) => return vec![problem(TelemetryPart::All, flaw, json!({"status": config.status}))],
        Ok(true) => {}
    }
    let mut problems = Vec::new();
    if let Err(flaw) = check_exporter(&config.exporter_otlp, &config.data_types, env) {
        problems.push(problem(TelemetryPart::Exporter, flaw, exporter()));
    }
    if config.batch_span_processor.max_export_batch_size < 1 {
        let flaw = invalid("max_export_batch_size must be a positive integer");
        problems.push(problem(TelemetryPart::BatchSpanProcessor, flaw, json!(config.batch_span_processor)));
    }
    problems
}

fn is_enabled(status: &Status, env: Env<'_>) -> Result<bool, Flaw> {
    let template = match status {
        Status::Disabled => return Ok(false),
        Status::Enabled => return Ok(true),
        Status::Template(template) => template,
    };
    match expand(template, env).as_deref() {
        Ok("enabled") => Ok(true),
        Ok("disabled") => Ok(false),
        Ok(_) => Err(invalid(format!(
            "the status \"{template}\" becomes neither \"enabled\" nor \"disabled\"; correct the environment of the server"
        ))),
        Err(TemplateError::Unset(names)) => {
            Err(invalid(format!("Value for environment variables not found: {}", names.join(", "))))
        }
        Err(TemplateError::Malformed) => {
            Err(invalid(format!("the status \"{template}\" has an unclosed or empty {{{{…}}}}")))
        }
    }
}

fn check_exporter(exporter: &Exporter, data_types: &[DataType], env: Env<'_>) -> Result<(), Flaw> {
    headers::configured(&exporter.headers, env)?;
    for data_type in data_types {
        match exporter.endpoint(*data_type) {
            Some(endpoint) => drop(resolve_template(endpoint, env)?),
            None => return Err(invalid(missing_endpoint(*data_type))),
        }
    }
    Ok(())
}

/// In Hasura's words, which have two for one thing.
fn missing_endpoint(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Traces => "Traces export is enabled but tracing endpoint missing",
        DataType::Metrics => "Metrics export is enabled but metrics endpoint missing",
        DataType::Logs => "Logs export is enabled but logs endpoint missing",
    }
}

impl From<engine::catalog::Failure> for Flaw {
    fn from(failure: engine::catalog::Failure) -> Self {
        Self { code: failure.code, reason: failure.reason }
    }
}

fn invalid(reason: impl Into<String>) -> Flaw {
    Flaw { code: Code::InvalidParams, reason: reason.into() }
}

fn problem(part: TelemetryPart, flaw: Flaw, definition: Value) -> Problem {
    Problem {
        object: MetadataObject::OpenTelemetry(part),
        reason: flaw.reason,
        code: flaw.code,
        definition,
        message: None,
        severity: Severity::Inconsistent,
    }
}
