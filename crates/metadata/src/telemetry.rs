//! The sections `metrics_config` and `opentelemetry`: what is measured, and where it is sent.
//!
//! Every shape is checked when the document is read, and both are exported with all their defaults, as Hasura does. What can be
//! said of addresses and variables only with an environment at hand is the business of the gateway.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::remote::{REDACTED, presentable};
use crate::{DecodeError, Document, Header, HeaderValue, rule};

/// Keys of the sections.
pub(crate) const METRICS: &str = "metrics_config";
pub(crate) const OPEN_TELEMETRY: &str = "opentelemetry";

/// What requests are looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MetricsConfig {
    /// Whether variables are looked at.
    pub analyze_query_variables: bool,
    /// Whether answers are.
    pub analyze_response_body: bool,
}

/// Where OpenTelemetry data goes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OpenTelemetry {
    /// Whether any is sent.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub status: Status,
    /// What is sent.
    #[serde(default, deserialize_with = "data_types")]
    pub data_types: Vec<DataType>,
    /// To whom.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub exporter_otlp: Exporter,
    /// In what portions.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub batch_span_processor: BatchSpanProcessor,
}

/// Whether data is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Status {
    /// No.
    #[default]
    Disabled,
    /// Yes.
    Enabled,
    /// As the environment says: a text with `{{ENV}}` templates that becomes `enabled` or `disabled`.
    Template(String),
}

/// A kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// What a request caused, and how long it took.
    Traces,
    /// Counts and times.
    Metrics,
    /// Log lines.
    Logs,
}

/// Who gets the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exporter {
    /// Where traces go; may hold `{{ENV}}` templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_traces_endpoint: Option<String>,
    /// Where metrics go; may hold `{{ENV}}` templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_metrics_endpoint: Option<String>,
    /// Where logs go; may hold `{{ENV}}` templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_logs_endpoint: Option<String>,
    /// How they get there.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub protocol: Protocol,
    /// What is sent along.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub headers: Vec<Header>,
    /// What is said of the sender.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub resource_attributes: Vec<Attribute>,
    /// In which headers traces of callers are found and passed on.
    #[serde(default = "b3", deserialize_with = "propagators")]
    pub traces_propagators: Vec<Propagator>,
}

/// How data is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Protocol {
    /// As protocol buffers over HTTP; there is no other yet.
    #[default]
    #[serde(rename = "http/protobuf")]
    HttpProtobuf,
}

/// Something that is said of the sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// A convention for headers with traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Propagator {
    /// Zipkin's.
    B3,
    /// That of the W3C.
    TraceContext,
}

/// In what portions traces are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSpanProcessor {
    /// Most spans of one portion. Less than one is an inconsistency and no mistake of shape.
    #[serde(default = "default_batch")]
    pub max_export_batch_size: i64,
}

impl Exporter {
    /// Where data of a kind goes.
    pub fn endpoint(&self, data_type: DataType) -> Option<&str> {
        match data_type {
            DataType::Traces => self.otlp_traces_endpoint.as_deref(),
            DataType::Metrics => self.otlp_metrics_endpoint.as_deref(),
            DataType::Logs => self.otlp_logs_endpoint.as_deref(),
        }
    }

    /// The entry as reports show it: without values of headers and what else may be a secret.
    pub fn to_report(&self) -> Value {
        let mut shown = self.clone();
        for header in &mut shown.headers {
            if let HeaderValue::Value(text) = &mut header.value {
                REDACTED.clone_into(text);
            }
        }
        let endpoints = [
            &mut shown.otlp_traces_endpoint,
            &mut shown.otlp_metrics_endpoint,
            &mut shown.otlp_logs_endpoint,
        ];
        endpoints.into_iter().flatten().for_each(|endpoint| *endpoint = presentable(endpoint));
        rule::to_value(&shown)
    }
}

impl Default for Exporter {
    fn default() -> Self {
        Self {
            otlp_traces_endpoint: None,
            otlp_metrics_endpoint: None,
            otlp_logs_endpoint: None,
            protocol: Protocol::default(),
            headers: Vec::new(),
            resource_attributes: Vec::new(),
            traces_propagators: b3(),
        }
    }
}

impl Default for BatchSpanProcessor {
    fn default() -> Self {
        Self { max_export_batch_size: default_batch() }
    }
}

fn b3() -> Vec<Propagator> {
    vec![Propagator::B3]
}

fn default_batch() -> i64 {
    512
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Value::deserialize(input)? {
            Value::String(word) if word == "enabled" => Ok(Self::Enabled),
            Value::String(word) if word == "disabled" => Ok(Self::Disabled),
            Value::String(template) if template.contains("{{") => Ok(Self::Template(template)),
            _ => Err(D::Error::custom(r#"OpenTelemetry status must be either "enabled" or "disabled""#)),
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Template(template) => template,
        })
    }
}

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match String::deserialize(input)?.as_str() {
            "http/protobuf" => Ok(Self::HttpProtobuf),
            "http/json" => Err(D::Error::custom("http/json is not supported")),
            "grpc" => Err(D::Error::custom("gRPC is not supported")),
            other => Err(D::Error::unknown_variant(other, &["http/protobuf"])),
        }
    }
}

/// A set, as Hasura has it.
fn data_types<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<DataType>, D::Error> {
    let mut types: Vec<DataType> = rule::null_is_default(input)?;
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

fn propagators<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Propagator>, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_else(b3))
}

impl Document {
    /// What requests are looked at for.
    pub fn metrics_config(&self) -> MetricsConfig {
        self.section(METRICS)
    }

    /// Replaces that.
    pub fn set_metrics_config(&mut self, config: MetricsConfig) {
        self.set_section(METRICS, rule::unless_default(&config));
    }

    /// Where OpenTelemetry data goes.
    pub fn open_telemetry(&self) -> OpenTelemetry {
        self.section(OPEN_TELEMETRY)
    }

    /// Replaces that.
    pub fn set_open_telemetry(&mut self, config: &OpenTelemetry) {
        self.set_section(OPEN_TELEMETRY, rule::unless_default(config));
    }

    /// Says whether OpenTelemetry data is sent, and leaves the rest of the section as it is.
    pub fn set_open_telemetry_status(&mut self, status: &Status) {
        let mut section = match self.sections.shift_remove(OPEN_TELEMETRY) {
            Some(Value::Object(section)) => section,
            _ => Map::new(),
        };
        section.insert("status".into(), rule::to_value(status));
        let section = Value::Object(section);
        // The section was read before, and so can be read again.
        self.set_section(OPEN_TELEMETRY, canonical_open_telemetry(&section).unwrap_or(section));
    }
}

/// `metrics_config` as it is exported; null when it says nothing.
pub(crate) fn canonical_metrics(value: &Value) -> Result<Value, DecodeError> {
    rule::canonical::<MetricsConfig>(value)
}

/// `opentelemetry` as it is exported; null when it says nothing.
pub(crate) fn canonical_open_telemetry(value: &Value) -> Result<Value, DecodeError> {
    rule::canonical::<OpenTelemetry>(value)
}
