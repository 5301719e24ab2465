"""The forms of page furniture in words: what stands on a page beside its article, whatever the site.

English first, as the articles are; a few labels of other languages that say "advertisement" and nothing else.
"""

from __future__ import annotations

import re


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{pattern})\W*", re.I)


ADVERTISEMENT = _whole(
    r"advert(?:isement|isment|ising)?s?|ads?|sponsored(?: (?:content|links?|by))?|promoted(?: content| links?| stories)?"
    r"|paid (?:content|post)"
    r"|(?:story|article|content|text) continues (?:after|below)(?: (?:this|the))?(?: advertisement| ad)?"
    r"|(?:scroll|continue) (?:down )?(?:to continue|reading)(?: (?:with|the) (?:content|(?:main )?story))?"
    r"|skip (?:past )?(?:the )?(?:advertisement|ad|newsletter promotion)|after (?:the )?newsletter promotion|ads? (?:feedback|by \w+)"
    r"|anzeige|werbung|publicité|publicidad|pubblicità|reclame|annons|реклама"
)
CONTROL = _whole(
    r"share(?: (?:this|on|via|by)(?: \w+){0,3})?|copy (?:the )?link|link copied|print(?: this)?(?: page| article)?"
    r"|save(?: (?:for later|article))?"
    r"|(?:email|e-mail)(?: this(?: article)?)?|tweet|bookmark|gift this article|listen(?: to (?:this )?(?:article"
    r"|story))?(?: \(\d+ min(?:utes)?\))?"
    r"|(?:play|pause|watch)(?: the)? video|view (?:gallery|in gallery|full ?screen|image)|(?:image|photo|slide) \d+ of \d+"
    r"|skip to (?:main )?content|back to (?:top|home(?:page)?)|(?:open|close|toggle)(?: (?:menu|navigation))?|menu|search|loading"
    r"|(?:about )?\d+[- ]min(?:ute)?s?(?: (?:to )?read)?|reading time:? \d+ min(?:ute)?s?|show (?:more|less)|load more|text size"
    r"|hide caption|toggle caption"
    r"|(?:(?:facebook|twitter|x|whatsapp|telegram|e-?mail|linkedin|pinterest|reddit|copy link|print|messenger|flipboard)\W*){2,}"
)
LIST_LABEL = _whole(
    r"(?:recommended|related|more|other|similar|popular|trending|top|latest|further|suggested|featured)"
    r"(?: (?:articles?|stor(?:y|ies)|news|posts?|reads?|reading|headlines?|content|coverage|topics?|videos?|links?))+"
    r"(?: (?:for you|now|today|from \w[\w ]{0,30}|on this (?:story|topic)))?"
    r"|recommended(?: (?:for you|by \w+))?|trending(?: now)?|most (?:read|popular|viewed|shared|commented|watched)(?: (?:on|in"
    r"|from) \w[\w ]{0,30})?"
    r"|you (?:may|might)(?: also)? (?:like|enjoy|be interested in|have missed)|(?:editors?['’]?s?|our|staff) picks?|don['’]?t miss"
    r"|in case you missed it"
    r"|(?:read|see|watch) (?:more|next|also)|also (?:read|see|in \w+)|see also|up next|more (?:on|from|like) (?:this"
    r"|\w[\w ]{0,30})|keep reading|what to read next"
    r"|around the web|from (?:around )?the web|from our partners"
)
ONE_LINK = re.compile(
    r"\W*(?:(?:read|see|watch|also)(?: (?:more|next|also|read|this))?|related(?: (?:article|story|coverage))?|recommended"
    r"|more on this|don['’]t miss)"
    r"\s*[:|»›→]\s*\S",
    re.I,
)
COMMENTS = _whole(
    r"(?:\d+ |no |view |show |see |read |post |leave |add |hide |all )?(?:a |all |the )?comments?(?: \(?\d+\)?)?(?: (?:section"
    r"|here|below))?|leave a reply"
    r"|join the (?:conversation|discussion|debate)|have your say|what do you think|comments? (?:are |is )?(?:closed|off"
    r"|disabled)(?: for this article)?"
    r"|be the first to comment|start the conversation|add a comment"
)
RIGHTS = re.compile(r"\W*(?:©|\(c\)|copyright\b)[^.]{0,120}\d{4}|.{0,100}\ball rights reserved\W*$", re.I)
COOKIES = re.compile(
    r"\b(?:we|our|this (?:site|website|page)|by (?:continuing|clicking|using))\b.*\bcookies\b|^\W*(?:accept|reject"
    r"|manage) (?:all )?cookies",
    re.I,
)
STAFF = re.compile(
    r"\W*(?:additional )?(?:reporting|writing|editing|compiled|produced) by [^.]+;\s*(?:additional )?(?:reporting|writing|editing)\b.*",
    re.I,
)
NAVIGATED = re.compile(
    r"\b(?:home|homepage|news|menu|contact|about us|privacy|terms|log ?in|sign in|sitemap|careers|advertise|help)\b", re.I
)

AGENCY = (
    r"(?:AFP|AP|Reuters|Getty(?: Images)?|EPA(?:-EFE)?|PA(?: Media| Wire)?|Shutterstock|Alamy|Bloomberg|Xinhua|dpa|ANSA|iStock"
    r"|Handout|File photo)"
)
CREDIT_END = re.compile(
    r"(?:\b(?:PHOTOS?|PICTURES?|IMAGES?)|\b(?:Photo(?:graph)?s?|Pictures?|Images?|Credit|Image source"
    r"|Photo credit)(?: by)?)\s*[:©]\s*[^.!?]{2,60}\.?$"
    rf"|[(\[/–|]\s*(?:(?:AP|EPA|AFP|Reuters) (?:Photo|Images?)|(?:[\w.'’ -]{{2,40}}/ ?)?{AGENCY})(?:/[\w.'’ -]{{2,40}})?\s*[)\]]?\.?$"
    rf"|\bvia {AGENCY}(?: Images)?\)?\.?$|\(Photo(?:graph)? by [^)]{{2,80}}\)\.?$"
)
CREDIT_ALONE = re.compile(
    rf"\W*(?:(?:Photo|Picture|Image)(?:graph)? by |© ?)?(?:[\w.'’ -]{{2,40}} ?[/|] ?)?{AGENCY}(?: ?/ ?[\w.'’ -]{{2,40}})?\W*"
)
CAPTION_LABEL = re.compile(r"(?:image|photo) caption\b|(?:caption|photo|picture|image source|image credit)\s*:\s", re.I)
WIRE_CAPTION = re.compile(
    r".*(?<!day),\s(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?"
    r"|Dec(?:ember|\.)?) \d{1,2}, \d{4}\.?$"
)
# A caption of a news agency is a noun with participles; a sentence that says something has one of these.
FINITE = re.compile(
    r"\b(?:is|are|was|were|has|had|have|will|would|could|can|may|did|does|said|says|told|began|became|took|made|went|came|died|born|founded|opened|signed)\b",
    re.I,
)
CAPTION_WORDS = range(8, 46)
LONGEST = 1_500  # characters; nothing longer is furniture by its form
LONGEST_CAPTION = 60  # words; a longer paragraph that ends with a credit is prose

QUOTED = re.compile(r"[\"“”„«»]")
OURS = re.compile(r"\b(?:our|us|we)\b|\bthis (?:article|story|page|newsletter)\b|@\w", re.I)
CHANNEL = re.compile(
    r"\b(?:newsletters?|(?:e-?mail|news|push|breaking news) alerts?|telegram|whatsapp|youtube|instagram|facebook|twitter|tiktok"
    r"|linkedin|podcasts?|inbox|premium"
    r"|(?:news|mobile|our|the|free) apps?|app store|google play|notifications?|browsers?|java ?script|ad ?blockers?|(?:free"
    r"|premium|full) (?:articles?|access|trial)"
    r"|subscriptions?|subscribers?|accounts?|bookmark(?:s|ed)?|comment(?:s|ing)?|forum|conversations?|latest (?:news|stories"
    r"|updates)|breaking news|daily briefing)\b",
    re.I,
)
ASKS = re.compile(
    r"\W*(?:(?i:please) )?(?:"
    r"(?i:subscribe|sign[ -]?(?:up|in)|log[ -]?in|join|unblock)\b|(?i:follow) (?:(?i:us|our)\b|@|[A-Z]\w+)"
    r"|(?i:register (?:for|to|now|here|your|free)|(?:start|begin|manage|renew|upgrade) (?:your|a))\b"
    r"|(?i:get (?:our|the|your|unlimited|full|all|more|news|breaking|instant|daily)|download (?:our|the)|(?:click|tap) (?:here|to"
    r"|on)|enter your)\b"
    r"|(?i:(?:enable|disable|allow|turn (?:on|off)) (?:your |our |the )?(?:push |browser )?(?:notifications?|java ?script"
    r"|ad ?blockers?|cookies))"
    r"|(?i:become an? (?:member|subscriber|supporter|patron|insider)|(?:like|find|watch|visit|support|contact) (?:us|our))\b"
    r"|(?i:stay (?:up to date|informed|connected|tuned|ahead)|(?:never|don['’]t) miss|already (?:an? (?:subscriber|member)"
    r"|have an account|registered))\b"
    r"|(?i:thank you for (?:subscribing|signing|reading)|create (?:an|your) (?:free )?account|receive (?:our|the|your)|try (?:our|for))\b"
    r"|(?i:listen to (?:our|the)|share your|have your say|you (?:have|['’]ve) (?:reached|used|read)|to (?:continue|keep) reading)\b"
    r"|(?i:this (?:article|content|story) is (?:for|only|reserved|exclusive)|your browser does not)\b)"
)
PITCH = re.compile(
    r"\W*(?:want (?:to|more)|do you (?:want|like|love)|are you a|enjoy(?:ed|ing) (?:this|our)|like what you|love (?:this|our)"
    r"|not a (?:subscriber|member)|looking for)\b.*\?$",
    re.I,
)
LONE_FOLLOW = re.compile(r"(?:FOLLOW|LIKE|JOIN|SUBSCRIBE TO) [A-Z][A-Z &.'’-]+$|(?:Follow|Like) (?:us )?(?:on )?(?:[A-Z]\w+ ?){1,5}$")
CONTACT = re.compile(
    r"(?:\b(?:email|e-mail|contact|write to|call|message|text|reach) (?:us|me|our|the (?:author|reporter|editor))\b"
    r"|\btips?\b).*(?:\S@\S+\.\w|\+?\d[\d ()-]{7,})",
    re.I,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+")
LONGEST_INVITATION = 60  # words
