//! What a target that speaks this format makes of a request: everything, since the neutral form came from it.

use llm::Plan;
use llm::chat::Request;

/// Plans a request for a target of this format: nothing is edited, lost or refused.
pub fn plan(_request: &Request) -> Plan {
    Plan::default()
}
