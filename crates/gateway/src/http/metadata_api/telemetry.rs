//! Commands about limits, metrics and OpenTelemetry. What they set is kept and checked; warnings say that it has no effect yet.

use std::collections::BTreeSet;

use engine::problem::{MetadataObject, TelemetryPart};
use metadata::telemetry::Status;
use metadata::{ApiLimits, Document, MetricsConfig, OpenTelemetry};

use super::edit::{Answer, Edit, success_about};
use super::error::ApiError;

pub(super) async fn set_limits(edit: &mut Edit, path: &str, limits: &ApiLimits) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    document.set_api_limits(limits);
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success_about(edit, &MetadataObject::Section("api_limits".into())))
}

pub(super) async fn set_metrics(
    edit: &mut Edit,
    path: &str,
    config: MetricsConfig,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    document.set_metrics_config(config);
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success_about(edit, &MetadataObject::Section("metrics_config".into())))
}

pub(super) async fn set_open_telemetry(
    edit: &mut Edit,
    path: &str,
    config: &OpenTelemetry,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    document.set_open_telemetry(config);
    store(edit, path, document).await
}

/// Switches on or off and leaves everything else.
pub(super) async fn set_status(edit: &mut Edit, path: &str, status: &Status) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    document.set_open_telemetry_status(status);
    store(edit, path, document).await
}

async fn store(edit: &mut Edit, path: &str, document: Document) -> Result<Answer, ApiError> {
    edit.change_object(path, &MetadataObject::OpenTelemetry(TelemetryPart::All), document).await?;
    Ok(success_about(edit, &MetadataObject::Section("opentelemetry".into())))
}
