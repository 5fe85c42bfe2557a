"""The tokens of known services, by the marks that their makers gave them.

Input: nothing. Output: the patterns of detect-secrets, which imports a good deal: this module is
imported when a line may hold such a token.
"""

from __future__ import annotations

import re

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from bot.core.patterns import linear

# Its other detectors look for passwords and for entropy, and take identifiers for secrets; a JWT
# is found by a pattern of our own.
_DETECTORS: tuple[type[RegexBasedDetector], ...] = (
    AWSKeyDetector,
    AzureStorageKeyDetector,
    DiscordBotTokenDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    MailchimpDetector,
    NpmDetector,
    OpenAIDetector,
    PypiTokenDetector,
    SendGridDetector,
    SlackDetector,
    SquareOAuthDetector,
    StripeDetector,
    TelegramBotTokenDetector,
    TwilioKeyDetector,
)

# Python's engine takes quadratic time for them.
_SLOW = (NpmDetector, OpenAIDetector)
# As slow, and nothing for re2: it looks ahead. `secrets` has one like it.
_LEFT_OUT = "glagent-"

KNOWN_TOKENS: tuple[re.Pattern[str], ...] = tuple(
    linear(pattern.pattern) if detector in _SLOW else pattern
    for detector in _DETECTORS
    for pattern in detector().denylist
    if not pattern.pattern.startswith(_LEFT_OUT)
)
