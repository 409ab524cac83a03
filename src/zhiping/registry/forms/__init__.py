"""What is typed into the register."""

from zhiping.registry.forms.platforms import (
    AddPlatformForm,
    ChangePlatformForm,
    CorrectPlatformForm,
    DueFilters,
    EndServiceForm,
    MovePlatformForm,
    OperatorFilters,
    PlatformFilters,
    ResumeServiceForm,
)
from zhiping.registry.forms.sites import AddSiteForm, ChangeSiteForm
from zhiping.registry.forms.triggers import DecideForm, ReportForm, TriggerFilters, ViewForm

__all__ = [
    "AddPlatformForm",
    "AddSiteForm",
    "ChangePlatformForm",
    "ChangeSiteForm",
    "CorrectPlatformForm",
    "DecideForm",
    "DueFilters",
    "EndServiceForm",
    "MovePlatformForm",
    "OperatorFilters",
    "PlatformFilters",
    "ReportForm",
    "ResumeServiceForm",
    "TriggerFilters",
    "ViewForm",
]
