"""The words of receipt searches in each language of the dashboard, in lowercase and without accents."""

from collections.abc import Mapping
from typing import NamedTuple

DAY, DAY_BEFORE, WEEK, WEEK_BEFORE = "today", "yesterday", "this week", "last week"
MONTH, MONTH_BEFORE, YEAR, YEAR_BEFORE = "this month", "last month", "this year", "last year"


class Words(NamedTuple):
    """One language's words: phrases by the filter value that they mean, and regular expressions of times."""

    fillers: str
    actions: Mapping[str, str]
    """Phrases by action, separated by commas, as in all other fields with phrases."""
    signals: Mapping[str, str]
    methods: Mapping[str, str]
    groups: Mapping[str, str]
    granted: str
    """Phrases with `{}` for a group."""
    refused: str
    countries: Mapping[str, str]
    """Other names of countries than those of CLDR."""
    in_language: str
    """A phrase with `{}` for the name of a language."""
    times: Mapping[str, str]
    last: str
    """The words around a number and `({units})`; `%d` is the number and `%u` the unit."""
    units: Mapping[str, int]
    since: str
    until: str
    between: str
    """A pattern with `%d` for both dates."""
    on: str
    month: str
    """What may precede a month."""
    of: str
    """What may precede a month or a year within a date."""


ENGLISH = Words(
    fillers="a all and by everyone for from in of on receipt receipts the under visitors were who with",
    actions={
        "accept_all": "accepted,accepts,accept,accepted all,consented,agreed",
        "reject_all": "rejected,rejects,reject,rejected all,refused,declined,denied",
        "save": "saved,custom selection,saved a selection,customized,partly,partly accepted,partially accepted",
        "withdraw": "withdrew,withdrawn,withdrawal,withdrawals,withdraw",
        "opt_out": "opted out,opt out,opt outs,opt-out,opt-outs",
        "opt_in": "opted in,opt in,opt ins,opt-in,opt-ins",
        "object": "objected,objection,objections",
    },
    signals={"gpc": "gpc,global privacy control", "dnt": "dnt,do not track"},
    methods={"import": "imported", "api": "through the api,api"},
    groups={"functional": "functional", "analytics": "analytics", "advertising": "advertising"},
    granted="{} granted,{} accepted,{} allowed,with {},accepted {},allowed {}",
    refused="{} refused,{} rejected,{} declined,{} denied,without {},no {},rejected {},refused {}",
    countries={
        "US": "usa,u.s.,america",
        "GB": "uk,u.k.,great britain,england",
        "NL": "holland",
        "CZ": "czech republic",
        "TR": "turkey",
    },
    in_language="in {}",
    times={
        DAY: "today",
        DAY_BEFORE: "yesterday",
        WEEK: "this week",
        WEEK_BEFORE: "last week",
        MONTH: "this month",
        MONTH_BEFORE: "last month",
        YEAR: "this year",
        YEAR_BEFORE: "last year",
    },
    last="(?:the )?last %d %u",
    units={"days?": 1, "weeks?": 7, "months?": 30},
    since="since|from",
    until="until|to",
    between="(?:since|from) %d (?:until|to) %d|between %d and %d",
    on="on",
    month="in",
    of="of",
)
GERMAN = Words(
    fillers="alle am auf aus bei beleg belege besucher das dem den der die fur haben im in mit nach und uber vom von wer",
    actions={
        "accept_all": "akzeptiert,alles akzeptiert,alle akzeptiert,angenommen,alles angenommen,zugestimmt,"
        "allem zugestimmt,eingewilligt,zustimmung,einwilligung",
        "reject_all": "abgelehnt,alles abgelehnt,alle abgelehnt,verweigert,ablehnung,ablehnungen",
        "save": "gespeichert,auswahl gespeichert,auswahl,teilweise,teilweise akzeptiert,teilweise zugestimmt,angepasst",
        "withdraw": "widerrufen,widerruf,widerrufe,zuruckgezogen",
        "opt_out": "opt-out,opt-outs,abgemeldet",
        "opt_in": "opt-in,opt-ins,opt-in erteilt",
        "object": "widersprochen,widerspruch,widerspruche",
    },
    signals={"gpc": "gpc", "dnt": "dnt"},
    methods={"import": "importiert", "api": "uber die api,per api"},
    groups={
        "functional": "funktional,funktionale,funktionale cookies",
        "analytics": "analyse,statistik",
        "advertising": "werbung,marketing",
    },
    granted="{} akzeptiert,{} erlaubt,{} angenommen,{} zugestimmt,mit {}",
    refused="{} abgelehnt,{} verweigert,{} nicht erlaubt,ohne {},keine {}",
    countries={
        "US": "usa,amerika",
        "GB": "uk,grossbritannien,england",
        "NL": "holland",
        "CZ": "tschechische republik",
    },
    in_language="auf {}",
    times={
        DAY: "heute",
        DAY_BEFORE: "gestern",
        WEEK: "(?:in )?diese[r]? woche",
        WEEK_BEFORE: "(?:in der )?(?:letzte[n]?|vorige[n]?|vergangene[n]?) woche",
        MONTH: "(?:in )?diese[nmr] monat",
        MONTH_BEFORE: "(?:im )?(?:letzte[nmr]|vorige[nmr]|vergangene[nmr]) monat",
        YEAR: "(?:in )?diese[ms] jahr",
        YEAR_BEFORE: "(?:im )?(?:letzte[nms]|vorige[nms]|vergangene[nms]) jahr",
    },
    last="(?:in den |die )?(?:letzten?|vergangenen?) %d %u",
    units={"tage?n?": 1, "wochen?": 7, "monate?n?": 30},
    since="seit|seit dem|ab|ab dem|von|vom",
    until="bis|bis zum",
    between="(?:von|vom|seit|seit dem) %d (?:bis|bis zum) %d|zwischen (?:dem )?%d und (?:dem )?%d",
    on="am",
    month="im",
    of="of",
)
FRENCH = Words(
    fillers="a au aux avec chez d' dans de depuis des du en et l' la le les ont par pour qui recu recus sur tous tout "
    "visiteurs",
    actions={
        "accept_all": "accepte,acceptee,acceptes,acceptees,tout accepte,ont accepte,consenti",
        "reject_all": "refuse,refusee,refuses,refusees,tout refuse,ont refuse,rejete,rejetes,refus",
        "save": "enregistre,enregistree,selection enregistree,selection,personnalise,en partie,partiellement,"
        "partiellement accepte,accepte en partie",
        "withdraw": "retire,retiree,retires,retirees,retrait,retraits,revoque",
        "opt_out": "opt-out,opt-outs",
        "opt_in": "opt-in,opt-ins,opt-in donne",
        "object": "opposition,oppositions,oppose,opposes",
    },
    signals={"gpc": "gpc", "dnt": "dnt,ne pas me pister"},
    methods={"import": "importe,importes,importee,importees", "api": "par l' api,via l' api"},
    groups={
        "functional": "fonctionnel,fonctionnels",
        "analytics": "mesure d' audience,audience,statistiques",
        "advertising": "publicite,pub,marketing",
    },
    granted="{} accepte,{} acceptee,{} acceptes,{} acceptees,{} autorisee,{} autorise,avec {},accepte la {}",
    refused="{} refuse,{} refusee,{} refuses,{} refusees,{} rejetee,sans {},pas de {},refuse la {}",
    countries={
        "US": "usa,etats unis,amerique",
        "GB": "uk,grande-bretagne,grande bretagne,angleterre,royaume uni",
        "NL": "hollande,pays bas",
        "CZ": "republique tcheque",
    },
    in_language="en {}",
    times={
        DAY: "aujourd'hui",
        DAY_BEFORE: "hier",
        WEEK: "cette semaine",
        WEEK_BEFORE: "(?:la )?semaine (?:derniere|passee)",
        MONTH: "ce mois(?:-ci)?",
        MONTH_BEFORE: "(?:le )?mois (?:dernier|passe)",
        YEAR: "cette annee",
        YEAR_BEFORE: "(?:l' )?(?:annee|an) (?:derniere|dernier|passee)",
    },
    last="(?:les |ces )?(?:%d derniers|%d dernieres|derniers %d|dernieres %d) %u",
    units={"jours?": 1, "semaines?": 7, "mois": 30},
    since="depuis|depuis le|a partir du|des le",
    until="jusque|jusqu'au|jusqu'a|avant le",
    between="(?:du|depuis le) %d (?:au|jusqu'au) %d|entre (?:le )?%d et (?:le )?%d",
    on="le",
    month="en",
    of="de|d'",
)
SPANISH = Words(
    fillers="a al con de del desde el en la las los para por que quien quienes recibo recibos todo todos visitantes y",
    actions={
        "accept_all": "acepto,aceptado,aceptada,aceptados,aceptadas,aceptaron,acepto todo,aceptaron todo,aceptado todo,"
        "todo aceptado,consentido",
        "reject_all": "rechazo,rechazado,rechazada,rechazados,rechazadas,rechazaron,rechazo todo,rechazaron todo,"
        "rechazado todo,todo rechazado",
        "save": "guardo,guardado,guardaron,guardo una seleccion,seleccion,personalizado,en parte,parcialmente,"
        "aceptado en parte,parcialmente aceptado",
        "withdraw": "retiro,retirado,retirada,retirados,retiradas,retiraron,revocado",
        "opt_out": "exclusion,exclusiones,opt-out,opt-outs",
        "opt_in": "inclusion,inclusiones,acepto la inclusion,opt-in,opt-ins",
        "object": "se opuso,se opusieron,oposicion,oposiciones",
    },
    signals={"gpc": "gpc", "dnt": "dnt,no rastrear"},
    methods={"import": "importado,importados,importada,importadas", "api": "por la api,por api"},
    groups={
        "functional": "funcional,funcionales",
        "analytics": "analisis,analitica,estadisticas",
        "advertising": "publicidad,marketing",
    },
    granted="{} aceptado,{} aceptada,{} aceptados,{} aceptadas,{} permitida,{} permitido,con {}",
    refused="{} rechazado,{} rechazada,{} rechazados,{} rechazadas,sin {}",
    countries={
        "US": "usa,eeuu,ee. uu.,estados unidos de america",
        "GB": "uk,gran bretana,inglaterra",
        "NL": "holanda",
        "CZ": "republica checa",
    },
    in_language="en {}",
    times={
        DAY: "hoy",
        DAY_BEFORE: "ayer",
        WEEK: "esta semana",
        WEEK_BEFORE: "(?:la )?(?:semana pasada|ultima semana)",
        MONTH: "este mes",
        MONTH_BEFORE: "(?:el )?(?:mes pasado|ultimo mes)",
        YEAR: "este ano",
        YEAR_BEFORE: "(?:el )?(?:ano pasado|ultimo ano)",
    },
    last="(?:los |las |en los |en las )?ultim[oa]s %d %u",
    units={"dias?": 1, "semanas?": 7, "mes(?:es)?": 30},
    since="desde|desde el|a partir del",
    until="hasta|hasta el",
    between="(?:desde|desde el|de|del) %d (?:hasta|hasta el|a|al) %d|entre (?:el )?%d y (?:el )?%d",
    on="el",
    month="en",
    of="de|del",
)
WORDS = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
