"""The field names of HSDS 3.1, kept by hand: what an export may say, and what it must.

Open Referral Human Services Data Specification 3.1 (CC BY-SA 4.0), schema/*.json in
https://github.com/openreferral/specification/tree/3.1/schema, and ``Page`` of its API reference.
Only objects that an export uses are here.
"""

from __future__ import annotations

from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FIELDS: Mapping[str, frozenset[str]] = {
    "service": _names(
        """
        id organization_id program_id name alternate_name description url
        additional_urls email status interpretation_services application_process
        fees_description wait_time fees accreditations eligibility_description
        minimum_age maximum_age assured_date assurer_email licenses alert last_modified
        phones schedules service_areas service_at_locations languages organization
        funding cost_options program required_documents contacts capacities attributes
        metadata
        """
    ),
    "organization": _names(
        """
        id name alternate_name description email website additional_websites tax_status
        tax_id year_incorporated legal_status logo uri parent_organization_id funding
        contacts phones locations programs organization_identifiers attributes metadata
        """
    ),
    "phone": _names(
        """
        id location_id service_id organization_id contact_id service_at_location_id
        number extension type description languages attributes metadata
        """
    ),
    "url": _names(
        """
        id label url organization_id service_id attributes metadata
        """
    ),
    "schedule": _names(
        """
        id service_id location_id service_at_location_id valid_from valid_to dtstart
        timezone until count wkst freq interval byday byweekno bymonthday byyearday
        description opens_at closes_at schedule_link attending_type notes attributes
        metadata
        """
    ),
    "service_area": _names(
        """
        id service_id service_at_location_id name description extent extent_type uri
        attributes metadata
        """
    ),
    "service_at_location": _names(
        """
        id service_id location_id description service_areas contacts phones schedules
        location attributes metadata
        """
    ),
    "location": _names(
        """
        id location_type url organization_id name alternate_name description
        transportation latitude longitude external_identifier external_identifier_type
        languages addresses contacts accessibility phones schedules attributes metadata
        """
    ),
    "address": _names(
        """
        id location_id attention address_1 address_2 city region state_province
        postal_code country address_type attributes metadata
        """
    ),
    "language": _names(
        """
        id service_id location_id phone_id name code note attributes metadata
        """
    ),
    "cost_option": _names(
        """
        id service_id valid_from valid_to option currency amount amount_description
        attributes metadata
        """
    ),
    "required_document": _names(
        """
        id service_id document uri attributes metadata
        """
    ),
    "contact": _names(
        """
        id organization_id service_id service_at_location_id location_id name title
        department email phones attributes metadata
        """
    ),
    "attribute": _names(
        """
        id link_id taxonomy_term_id link_type link_entity value taxonomy_term metadata
        label
        """
    ),
    "taxonomy_term": _names(
        """
        id code name description parent_id taxonomy taxonomy_detail language taxonomy_id
        term_uri metadata
        """
    ),
    "metadata": _names(
        """
        id resource_id resource_type last_action_date last_action_type field_name
        previous_value replacement_value updated_by
        """
    ),
}
REQUIRED: Mapping[str, frozenset[str]] = {
    "service": _names("id name status"),
    "organization": _names("id name description"),
    "phone": _names("id number"),
    "url": _names("id url"),
    "schedule": _names("id"),
    "service_area": _names("id"),
    "service_at_location": _names("id"),
    "location": _names("id location_type"),
    "address": _names("id address_1 city state_province postal_code country address_type"),
    "language": _names("id"),
    "cost_option": _names("id"),
    "required_document": _names("id"),
    "contact": _names("id"),
    "attribute": _names("id"),
    "taxonomy_term": _names("id name description"),
    "metadata": _names(
        "id last_action_date last_action_type field_name previous_value "
        "replacement_value updated_by"
    ),
}
ENUMS: Mapping[tuple[str, str], frozenset[str]] = {
    ("service", "status"): frozenset(["active", "inactive", "defunct", "temporarily closed"]),
    ("schedule", "freq"): frozenset(["WEEKLY", "MONTHLY"]),
    ("location", "location_type"): frozenset(["physical", "postal", "virtual"]),
    ("address", "address_type"): frozenset(["physical", "postal", "virtual"]),
}
PAGE = _names("total_items total_pages page_number size first_page last_page empty contents")
NESTED: Mapping[str, str] = {
    "organization": "organization",
    "phones": "phone",
    "additional_urls": "url",
    "schedules": "schedule",
    "service_areas": "service_area",
    "service_at_locations": "service_at_location",
    "location": "location",
    "addresses": "address",
    "languages": "language",
    "cost_options": "cost_option",
    "required_documents": "required_document",
    "contacts": "contact",
    "attributes": "attribute",
    "taxonomy_term": "taxonomy_term",
    "metadata": "metadata",
}
"""Which object stands at which key."""
