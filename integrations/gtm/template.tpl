___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Consent and tag server",
  "categories": [
    "TAG_MANAGEMENT",
    "PERSONALIZATION"
  ],
  "brand": {
    "id": "consent_tag_server",
    "displayName": "Consent and tag server"
  },
  "description": "Sets consent mode from your own consent and tag server: the defaults before any other tag, and the visitor's choice once it is known and whenever it changes. It can also load the banner.",
  "containerContexts": [
    "WEB"
  ]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "site",
    "displayName": "Key of the site",
    "simpleValueType": true,
    "help": "Shown under Install in the dashboard.",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      },
      {
        "type": "REGEX",
        "args": [
          "^[a-z0-9][a-z0-9-]{0,39}$"
        ],
        "errorMessage": "A key consists of lowercase letters, digits and hyphens."
      }
    ]
  },
  {
    "type": "CHECKBOX",
    "name": "loadScript",
    "checkboxText": "Load the banner",
    "simpleValueType": true,
    "defaultValue": true,
    "help": "Clear this if the page itself has the lines from Install. That is better: the blocker then also blocks content outside the container.",
    "subParams": [
      {
        "type": "TEXT",
        "name": "service",
        "displayName": "Address of the service",
        "simpleValueType": true,
        "valueHint": "https://consent.example.com",
        "help": "Allow it in the template too: Permissions, Injects scripts.",
        "valueValidators": [
          {
            "type": "NON_EMPTY"
          },
          {
            "type": "REGEX",
            "args": [
              "^https://[^\\s?#]+$"
            ],
            "errorMessage": "The address must begin with https://."
          }
        ],
        "enablingConditions": [
          {
            "paramName": "loadScript",
            "paramValue": true,
            "type": "EQUALS"
          }
        ]
      }
    ]
  },
  {
    "type": "GROUP",
    "name": "defaultGroup",
    "displayName": "Defaults",
    "groupStyle": "ZIPPY_OPEN",
    "subParams": [
      {
        "type": "SIMPLE_TABLE",
        "name": "defaults",
        "displayName": "Where a group is granted before a choice",
        "newRowButtonText": "Add places",
        "help": "Everywhere else, everything is denied until the visitor has chosen. The most specific place applies.",
        "simpleTableColumns": [
          {
            "defaultValue": "",
            "displayName": "Places, such as US, US-CA",
            "name": "region",
            "type": "TEXT",
            "isUnique": true,
            "valueValidators": [
              {
                "type": "NON_EMPTY"
              },
              {
                "type": "REGEX",
                "args": [
                  "^\\s*[A-Z]{2}(-[A-Z0-9]{1,3})?(\\s*,\\s*[A-Z]{2}(-[A-Z0-9]{1,3})?)*\\s*$"
                ],
                "errorMessage": "ISO 3166-2 codes, separated by commas."
              }
            ]
          },
          {
            "defaultValue": "denied",
            "displayName": "Functional",
            "name": "functional",
            "type": "SELECT",
            "selectItems": [
              {
                "value": "denied",
                "displayValue": "denied"
              },
              {
                "value": "granted",
                "displayValue": "granted"
              }
            ]
          },
          {
            "defaultValue": "denied",
            "displayName": "Analytics",
            "name": "analytics",
            "type": "SELECT",
            "selectItems": [
              {
                "value": "denied",
                "displayValue": "denied"
              },
              {
                "value": "granted",
                "displayValue": "granted"
              }
            ]
          },
          {
            "defaultValue": "denied",
            "displayName": "Advertising",
            "name": "advertising",
            "type": "SELECT",
            "selectItems": [
              {
                "value": "denied",
                "displayValue": "denied"
              },
              {
                "value": "granted",
                "displayValue": "granted"
              }
            ]
          }
        ]
      },
      {
        "type": "TEXT",
        "name": "waitForUpdate",
        "displayName": "Wait for the choice, in milliseconds",
        "simpleValueType": true,
        "defaultValue": "500",
        "valueValidators": [
          {
            "type": "NON_NEGATIVE_NUMBER"
          }
        ]
      }
    ]
  },
  {
    "type": "GROUP",
    "name": "google",
    "displayName": "Google",
    "groupStyle": "ZIPPY_CLOSED",
    "subParams": [
      {
        "type": "CHECKBOX",
        "name": "adsDataRedaction",
        "checkboxText": "Redact ads data while ad_storage is denied",
        "simpleValueType": true,
        "defaultValue": true
      },
      {
        "type": "CHECKBOX",
        "name": "urlPassthrough",
        "checkboxText": "Pass ad clicks and sessions through links",
        "simpleValueType": true,
        "defaultValue": false
      }
    ]
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

// Fire this tag on "Consent Initialization - All Pages" and on the custom event "consent_change".
const callInWindow = require('callInWindow');
const copyFromDataLayer = require('copyFromDataLayer');
const copyFromWindow = require('copyFromWindow');
const encodeUriComponent = require('encodeUriComponent');
const getType = require('getType');
const gtagSet = require('gtagSet');
const injectScript = require('injectScript');
const makeNumber = require('makeNumber');
const setDefaultConsentState = require('setDefaultConsentState');
const updateConsentState = require('updateConsentState');

const WAIT_MS = 500;

// Return the consent mode state for the groups that `isGranted` grants.
const consentMode = function(isGranted) {
  const word = function(group) { return isGranted(group) === true ? 'granted' : 'denied'; };
  return {
    ad_storage: word('advertising'),
    ad_user_data: word('advertising'),
    ad_personalization: word('advertising'),
    analytics_storage: word('analytics'),
    functionality_storage: word('functional'),
    personalization_storage: word('functional'),
    security_storage: 'granted'
  };
};

// Return the banner script's decision, if there is one; until then, the blocker's `consent` has no `get`.
const decision = function() {
  if (getType(copyFromWindow('consent.get')) !== 'function') return undefined;
  const decided = callInWindow('consent.get');
  return decided && decided.groups ? decided : undefined;
};

const updateFrom = function(decided) {
  updateConsentState(consentMode(function(group) {
    return decided.groups[group] ? decided.groups[group].granted : false;
  }));
};

// Use the answers in the event itself if the page hides the script's API.
const updateFromEvent = function() {
  updateConsentState(consentMode(function(group) {
    return copyFromDataLayer('consent_' + group) === 'granted';
  }));
};

const places = function(text) {
  return (text || '').split(',').map(function(place) { return place.trim(); }).filter(function(place) { return place !== ''; });
};

const setDefaults = function() {
  const wanted = makeNumber(data.waitForUpdate);
  const wait = wanted >= 0 ? wanted : WAIT_MS;
  const everywhere = consentMode(function() { return false; });
  everywhere.wait_for_update = wait;
  setDefaultConsentState(everywhere);
  (data.defaults || []).forEach(function(row) {
    const region = places(row.region);
    // Without a region, the grant would apply everywhere.
    if (region.length === 0) return;
    const state = consentMode(function(group) { return row[group] === 'granted'; });
    state.region = region;
    state.wait_for_update = wait;
    setDefaultConsentState(state);
  });
  gtagSet({ads_data_redaction: data.adsDataRedaction === true, url_passthrough: data.urlPassthrough === true});
};

const load = function() {
  const service = (data.service || '').trim();
  const site = data.site || '';
  if (service.indexOf('https://') !== 0 || site === '') {
    data.gtmOnFailure();
    return;
  }
  const base = service.charAt(service.length - 1) === '/' ? service.slice(0, -1) : service;
  const address = base + '/b/' + encodeUriComponent(site) + '.js';
  injectScript(address, data.gtmOnSuccess, data.gtmOnFailure, address);
};

if (copyFromDataLayer('event') === 'consent_change') {
  const decided = decision();
  if (decided) updateFrom(decided); else updateFromEvent();
  data.gtmOnSuccess();
} else {
  setDefaults();
  const known = decision();
  // While the visitor is being asked, there is nothing to update, and tags wait.
  if (known && known.show !== 'ask') updateFrom(known);
  if (data.loadScript) load(); else data.gtmOnSuccess();
}


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {
        "publicId": "access_consent",
        "versionId": "1"
      },
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "ad_storage"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "ad_user_data"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "ad_personalization"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "analytics_storage"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "functionality_storage"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "personalization_storage"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "security_storage"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "access_globals",
        "versionId": "1"
      },
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "key"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  },
                  {
                    "type": 1,
                    "string": "execute"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "consent.get"
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "read_data_layer",
        "versionId": "1"
      },
      "param": [
        {
          "key": "allowedKeys",
          "value": {
            "type": 1,
            "string": "specific"
          }
        },
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "event"
              },
              {
                "type": 1,
                "string": "consent_functional"
              },
              {
                "type": 1,
                "string": "consent_analytics"
              },
              {
                "type": 1,
                "string": "consent_advertising"
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "write_data_layer",
        "versionId": "1"
      },
      "param": [
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "ads_data_redaction"
              },
              {
                "type": 1,
                "string": "url_passthrough"
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "inject_script",
        "versionId": "1"
      },
      "param": [
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "https://consent.example.com/*"
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: Everything is denied before a choice
  code: |-
    runCode(mockData);
    assertApi('setDefaultConsentState').wasCalledWith({
      ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'denied',
      functionality_storage: 'denied', personalization_storage: 'denied', security_storage: 'granted', wait_for_update: 500
    });
    assertApi('updateConsentState').wasNotCalled();
- name: A place can have its own defaults
  code: |-
    mockData.defaults = [{region: 'US-TX, US-NV', functional: 'granted', analytics: 'granted', advertising: 'denied'}];
    runCode(mockData);
    assertApi('setDefaultConsentState').wasCalledWith({
      ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'granted',
      functionality_storage: 'granted', personalization_storage: 'granted', security_storage: 'granted',
      region: ['US-TX', 'US-NV'], wait_for_update: 500
    });
- name: The banner is loaded from the service
  code: |-
    runCode(mockData);
    assertApi('injectScript').wasCalled();
    assertApi('gtmOnSuccess').wasCalled();
- name: A banner that fails to load is a failure
  code: |-
    mock('injectScript', function(url, onSuccess, onFailure) { onFailure(); });
    runCode(mockData);
    assertApi('gtmOnFailure').wasCalled();
    assertApi('updateConsentState').wasNotCalled();
- name: A stored choice updates consent mode immediately
  code: |-
    answer('none', true, false);
    runCode(mockData);
    assertApi('updateConsentState').wasCalledWith({
      ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'granted',
      functionality_storage: 'denied', personalization_storage: 'denied', security_storage: 'granted'
    });
- name: Nothing is updated while the visitor is being asked
  code: |-
    answer('ask', false, false);
    runCode(mockData);
    assertApi('updateConsentState').wasNotCalled();
- name: A change updates and sets no default
  code: |-
    layer.event = 'consent_change';
    answer('none', true, true);
    runCode(mockData);
    assertApi('setDefaultConsentState').wasNotCalled();
    assertApi('injectScript').wasNotCalled();
    assertApi('updateConsentState').wasCalledWith({
      ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'granted', analytics_storage: 'granted',
      functionality_storage: 'denied', personalization_storage: 'denied', security_storage: 'granted'
    });
- name: A change is read from its event if there is no API
  code: |-
    layer.event = 'consent_change';
    layer.consent_functional = 'granted';
    layer.consent_analytics = 'denied';
    runCode(mockData);
    assertApi('updateConsentState').wasCalledWith({
      ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'denied',
      functionality_storage: 'granted', personalization_storage: 'granted', security_storage: 'granted'
    });
setup: |-
  const mockData = {
    site: 'shop', loadScript: true, service: 'https://consent.example.com', waitForUpdate: '500', adsDataRedaction: true
  };
  const layer = {};
  const answer = function(show, analytics, advertising) {
    mock('copyFromWindow', function() { return function() {}; });
    mock('callInWindow', function() {
      return {show: show, groups: {analytics: {granted: analytics}, advertising: {granted: advertising}}};
    });
  };
  mock('copyFromDataLayer', function(key) { return layer[key]; });
  mock('copyFromWindow', function() { return undefined; });
  mock('injectScript', function(url, onSuccess) { onSuccess(); });


___NOTES___

Version 0.1.0. See docs/tag-manager.md for how to set it up.
