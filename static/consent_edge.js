// Decisions at the edge, for nginx's njs: docs/edge.md tells about it. Built from banner/edge; do not edit.
function _array_like_to_array(arr, len) {
    if (len == null || len > arr.length) len = arr.length;
    for(var i = 0, arr2 = new Array(len); i < len; i++)arr2[i] = arr[i];
    return arr2;
}
function _array_with_holes(arr) {
    if (Array.isArray(arr)) return arr;
}
function _array_without_holes(arr) {
    if (Array.isArray(arr)) return _array_like_to_array(arr);
}
function _extends() {
    _extends = Object.assign || function assign(target) {
        for(var i = 1; i < arguments.length; i++){
            var source = arguments[i];
            for(var key in source)if (Object.prototype.hasOwnProperty.call(source, key)) target[key] = source[key];
        }
        return target;
    };
    return _extends.apply(this, arguments);
}
function _iterable_to_array(iter) {
    if (typeof Symbol !== "undefined" && iter[Symbol.iterator] != null || iter["@@iterator"] != null) {
        return Array.from(iter);
    }
}
function _iterable_to_array_limit(arr, i) {
    var _i = arr == null ? null : typeof Symbol !== "undefined" && arr[Symbol.iterator] || arr["@@iterator"];
    if (_i == null) return;
    var _arr = [];
    var _n = true;
    var _d = false;
    var _s, _e;
    try {
        for(_i = _i.call(arr); !(_n = (_s = _i.next()).done); _n = true){
            _arr.push(_s.value);
            if (i && _arr.length === i) break;
        }
    } catch (err) {
        _d = true;
        _e = err;
    } finally{
        try {
            if (!_n && _i["return"] != null) _i["return"]();
        } finally{
            if (_d) throw _e;
        }
    }
    return _arr;
}
function _non_iterable_rest() {
    throw new TypeError("Invalid attempt to destructure non-iterable instance.\nIn order to be iterable, non-array objects must have a [Symbol.iterator]() method.");
}
function _non_iterable_spread() {
    throw new TypeError("Invalid attempt to spread non-iterable instance.\nIn order to be iterable, non-array objects must have a [Symbol.iterator]() method.");
}
function ownKeys(object, enumerableOnly) {
    var keys = Object.keys(object);
    if (Object.getOwnPropertySymbols) {
        var symbols = Object.getOwnPropertySymbols(object);
        if (enumerableOnly) {
            symbols = symbols.filter(function(sym) {
                return Object.getOwnPropertyDescriptor(object, sym).enumerable;
            });
        }
        keys.push.apply(keys, symbols);
    }
    return keys;
}
function _object_spread_props(target, source) {
    source = source != null ? source : {};
    if (Object.getOwnPropertyDescriptors) Object.defineProperties(target, Object.getOwnPropertyDescriptors(source));
    else {
        ownKeys(Object(source)).forEach(function(key) {
            Object.defineProperty(target, key, Object.getOwnPropertyDescriptor(source, key));
        });
    }
    return target;
}
function _sliced_to_array(arr, i) {
    return _array_with_holes(arr) || _iterable_to_array_limit(arr, i) || _unsupported_iterable_to_array(arr, i) || _non_iterable_rest();
}
function _to_array(arr) {
    return _array_with_holes(arr) || _iterable_to_array(arr) || _unsupported_iterable_to_array(arr) || _non_iterable_rest();
}
function _to_consumable_array(arr) {
    return _array_without_holes(arr) || _iterable_to_array(arr) || _unsupported_iterable_to_array(arr) || _non_iterable_spread();
}
function _type_of(obj) {
    "@swc/helpers - typeof";
    return obj && typeof Symbol !== "undefined" && obj.constructor === Symbol ? "symbol" : typeof obj;
}
function _unsupported_iterable_to_array(o, minLen) {
    if (!o) return;
    if (typeof o === "string") return _array_like_to_array(o, minLen);
    var n = Object.prototype.toString.call(o).slice(8, -1);
    if (n === "Object" && o.constructor) n = o.constructor.name;
    if (n === "Map" || n === "Set") return Array.from(o);
    if (n === "Arguments" || /^(?:Ui|I)nt(?:8|16|32)(?:Clamped)?Array$/.test(n)) return _array_like_to_array(o, minLen);
}
// banner/edge/njs_gaps.js
function fill(target, name, value) {
    if (!target[name]) Object.defineProperty(target, name, {
        value: value
    });
}
fill(Object, "hasOwn", function(object, name) {
    return Object.prototype.hasOwnProperty.call(object, name);
});
fill(Object, "fromEntries", function(pairs) {
    var found = {};
    pairs.forEach(function(pair) {
        return found[pair[0]] = pair[1];
    });
    return found;
});
fill(Array.prototype, "flat", /** @this {unknown[]} */ function() {
    return Array.prototype.concat.apply([], /** @type {any} */ this);
});
fill(Array.prototype, "flatMap", /** @this {unknown[]} @param {(one: unknown) => unknown} change */ function(change) {
    return Array.prototype.concat.apply([], /** @type {any} */ this.map(change));
});
function TextMap() {
    var values = /* @__PURE__ */ Object.create(null);
    return {
        get: function get(key) {
            return values[key];
        },
        set: function set(key, value) {
            return values[key] = value;
        }
    };
}
function NoSet() {}
fill(globalThis, "Map", TextMap);
fill(globalThis, "Set", NoSet);
// banner/decision/epoch_days.js
var DAY = 864e5;
function today() {
    return Math.floor(Date.now() / DAY);
}
// banner/state.js
var state = /** @type {State} */ {
    _choice: null,
    _loaded: /* @__PURE__ */ new Set()
};
// banner/vendors/gpp_codec.js
var HEADER = 193;
var LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
var bitsOf = function bitsOf(value, count) {
    return value.toString(2).padStart(count, "0");
};
var lettersOf = function lettersOf(bits) {
    return bits.replace(/.{1,6}/g, function(six) {
        return LETTERS[parseInt(six.padEnd(6, "0"), 2)];
    });
};
function fibonacci(number) {
    var numbers = [];
    var ref;
    for(var before = 1, now = 1; now <= number; ref = [
        now,
        before + now
    ], before = ref[0], now = ref[1], ref)numbers.unshift(now);
    var bits = "1";
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = numbers[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var one = _step.value;
            var isIn = one <= number;
            if (isIn) number -= one;
            bits = +isIn + bits;
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return bits;
}
function encode(sections) {
    var runs = [];
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = sections[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var _step_value = _sliced_to_array(_step.value, 1), id = _step_value[0].id;
            var run = runs[runs.length - 1];
            if (run && run[1] === id - 1) run[1] = id;
            else runs.push([
                id,
                id
            ]);
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    var last = 0;
    var items = "";
    var _iteratorNormalCompletion1 = true, _didIteratorError1 = false, _iteratorError1 = undefined;
    try {
        for(var _iterator1 = runs[Symbol.iterator](), _step1; !(_iteratorNormalCompletion1 = (_step1 = _iterator1.next()).done); _iteratorNormalCompletion1 = true){
            var _step_value1 = _sliced_to_array(_step1.value, 2), first = _step_value1[0], end = _step_value1[1];
            items += +(end > first) + fibonacci(first - last) + (end > first ? fibonacci(end - first) : "");
            last = end;
        }
    } catch (err) {
        _didIteratorError1 = true;
        _iteratorError1 = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion1 && _iterator1.return != null) {
                _iterator1.return();
            }
        } finally{
            if (_didIteratorError1) {
                throw _iteratorError1;
            }
        }
    }
    return [
        lettersOf(bitsOf(HEADER, 12) + bitsOf(runs.length, 12) + items)
    ].concat(_to_consumable_array(sections.map(function(one) {
        return encodeSection.apply(void 0, _to_consumable_array(one));
    }))).join("~");
}
function encodeSection(param, param1) {
    var fields = param.fields;
    var _values = param1._values, _gpc = param1._gpc;
    var core2 = lettersOf(fields.flatMap(function(param) {
        var _param = _sliced_to_array(param, 2), name = _param[0], bits = _param[1];
        return [
            _values[name]
        ].flat().map(function(value) {
            return bitsOf(value, bits);
        });
    }).join(""));
    return _gpc === void 0 ? core2 : core2 + (_gpc ? ".Y" : ".Q");
}
// banner/vendors/gpp_sections.js
function stringOf(sections) {
    var gpc = state._signals.gpc;
    return encode(sections.map(function(section) {
        var values = section.fields.map(function(param) {
            var _param = _sliced_to_array(param, 4), name = _param[0], value = _param[3];
            return [
                name,
                Array.isArray(value) ? value.map(numberOf) : numberOf(value)
            ];
        });
        return [
            section,
            {
                _values: Object.fromEntries(values),
                _gpc: section.gpc ? gpc : void 0
            }
        ];
    }));
}
function numberOf(value) {
    if (typeof value === "number") return value;
    var _state__decision_groups_advertising = state._decision.groups.advertising, granted = _state__decision_groups_advertising.granted, reason = _state__decision_groups_advertising.reason;
    if (value.endsWith("opt_out")) return granted ? value === "opt_out" ? 2 : 0 : 1;
    var isAsked = value === "consent" || value.split(" ").includes(state._signals.age_band);
    return isAsked ? reason.endsWith("granted") ? 2 : 1 : 0;
}
// banner/edge/languages.js
var RANGE = /^([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{0,3})?))?$/i;
var MAX_HEADER = 1e3;
var MAX_RANGES = 20;
function chooseLanguage(requested, accepted, offered, standard, place, tables) {
    var home = (Object.hasOwn(tables.home, place) ? tables.home[place] : "").toLowerCase();
    return wanted(requested.slice(0, MAX_HEADER), offered, home, tables) || wanted(accepted.slice(0, MAX_HEADER), offered, home, tables) || lookUp(home, offered, tables) || standard;
}
function wanted(header, offered, home, tables) {
    var ranges2 = rangesOf(header, tables);
    var barred = ranges2.filter(function(param) {
        var weight = param.weight;
        return weight === 0;
    }).map(function(param) {
        var name = param.name;
        return name;
    });
    var known = offered.filter(function(one) {
        return !barred.some(function(name) {
            return "".concat(one.toLowerCase(), "-").startsWith("".concat(name, "-"));
        });
    });
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = ranges2.sort(function(one, other) {
            return other.weight - one.weight || one.place - other.place;
        })[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var _step_value = _step.value, name = _step_value.name, weight = _step_value.weight;
            if (name === "*" || weight === 0) return "";
            var found = lookUp(home.startsWith("".concat(name, "-")) ? home : name, known, tables);
            if (found) return found;
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return "";
}
function rangesOf(header, tables) {
    var found = [];
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = header.split(",").slice(0, MAX_RANGES)[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var part = _step.value;
            var match = RANGE.exec(part.trim());
            if (match) found.push({
                name: ownName(match[1].toLowerCase(), tables),
                weight: Math.min(+(match[2] || 1), 1),
                place: found.length
            });
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return found;
}
function ownName(name, param) {
    var aliases = param.aliases;
    var _name_split = _sliced_to_array(name.split("-"), 2), first = _name_split[0], second = _name_split[1];
    if (first === "zh" && (second === "hans" || second === "hant")) return name;
    var both = second === void 0 ? first : "".concat(first, "-").concat(second);
    return Object.hasOwn(aliases, both) ? aliases[both] : Object.hasOwn(aliases, first) ? aliases[first] : name;
}
function lookUp(name, offered, param) {
    var _loop = function(parts) {
        var tag = parts.join("-");
        var found = offered.filter(function(one) {
            return one.toLowerCase() === tag;
        })[0] || offered.filter(function(one) {
            return one.toLowerCase().startsWith("".concat(tag, "-"));
        })[0];
        if (found) return {
            v: found
        };
    };
    var near = param.near;
    for(var parts = name ? name.split("-") : []; parts.length; parts = parts.slice(0, -1)){
        var _ret = _loop(parts);
        if (_type_of(_ret) === "object") return _ret.v;
    }
    var other = near[name.split("-")[0]];
    return other && offered.filter(function(one) {
        return one.toLowerCase() === other;
    })[0];
}
// banner/edge/thaw.js
function thaw(value) {
    return value === void 0 ? value : JSON.parse(JSON.stringify(value));
}
// banner/edge/places.js
var COUNTRY = /^[A-Z]{2}$/;
var SUBDIVISION = /^[A-Z0-9]{1,3}$/;
function readPlace(country, subdivision, param) {
    var pseudo = param.pseudo, listed = param.listed;
    var none = thaw(pseudo);
    if (none.includes(country) || !COUNTRY.test(country)) return {
        country: null,
        subdivision: null,
        source: "unknown"
    };
    var named = subdivision.slice(0, 16);
    var part = named.startsWith("".concat(country, "-")) ? named.slice(3) : named;
    var isKnown = Object.hasOwn(listed, country) ? thaw(listed[country]).includes(part) : !none.includes(part) && SUBDIVISION.test(part);
    return {
        country: country,
        subdivision: isKnown ? part : null,
        source: "edge"
    };
}
function codeOf(param) {
    var country = param.country, subdivision = param.subdivision;
    return subdivision ? "".concat(country, "-").concat(subdivision) : country || "";
}
function atPlace(table, place) {
    var country = place.country, subdivision = place.subdivision;
    var code = codeOf(place);
    if (!country || Object.hasOwn(table, code)) return table[code];
    if (subdivision && Object.hasOwn(table, "".concat(country, "-*"))) return table["".concat(country, "-*")];
    return Object.hasOwn(table, country) ? table[country] : table["*"];
}
// banner/decision/groups.js
var OPTIONAL = [
    "functional",
    "analytics",
    "advertising"
];
var GPC = 1;
var DNT = 2;
var MAX_LENGTH = 1024;
function own(object, name) {
    return object && Object.hasOwn(object, name) ? object[name] : void 0;
}
// banner/decision/choice.js
function newChoice(told, param, day) {
    var regime = param.regime, letters = param.letters;
    if (day === void 0) day = today();
    return {
        day: day,
        regime: regime,
        letters: letters,
        told: told,
        groups: {},
        keys: {},
        vendors: /** @type {any} */ {
            __proto__: null
        }
    };
}
// banner/choice/read_choice_cookie.js
var DIGITS = "0123456789";
var LETTERS2 = "abcdefghijklmnopqrstuvwxyz";
var STATES = {
    1: true,
    0: false,
    "-": null
};
function parseChoice(text) {
    if (!text || text.length > MAX_LENGTH) return null;
    var parts = text.split(".");
    var _parts = _sliced_to_array(parts, 6), form = _parts[0], day = _parts[1], rule = _parts[2], told = _parts[3], states = _parts[4], exceptions = _parts[5];
    if (form !== "v1" || parts.length !== 6 || states.length !== 27) return null;
    var _rule_split = _to_array(rule.split("+")), regime = _rule_split[0], letters = _rule_split.slice(1);
    var isRule = isOf(regime, LETTERS2 + "_", 40) && letters.length < 2 && letters.every(function(some) {
        return isOf(some, "fadx", 4);
    });
    if (!isOf(day, DIGITS, 6) || !isRule || !isOf(told, "0123", 1)) return null;
    var choice = newChoice(+told, {
        regime: regime,
        letters: letters.join("")
    }, +day);
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = OPTIONAL[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var group = _step.value;
            var begin = OPTIONAL.indexOf(group) * 9;
            var state2 = states.slice(begin, begin + 9);
            var key = state2.slice(1);
            if (!isOf(state2[0], "01-", 1) || !isOf(key, DIGITS + "abcdef", 8)) return null;
            choice.groups[group] = STATES[state2[0]];
            choice.keys[group] = key;
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    var _iteratorNormalCompletion1 = true, _didIteratorError1 = false, _iteratorError1 = undefined;
    try {
        for(var _iterator1 = (exceptions ? exceptions.split("~") : [])[Symbol.iterator](), _step1; !(_iteratorNormalCompletion1 = (_step1 = _iterator1.next()).done); _iteratorNormalCompletion1 = true){
            var exception = _step1.value;
            var _exception_split = _sliced_to_array(exception.split(":"), 3), vendor = _exception_split[0], mark = _exception_split[1], more = _exception_split[2];
            var isVendor = isOf(vendor, LETTERS2 + DIGITS + "-", 64) && vendor[0] !== "-" && !(vendor in choice.vendors);
            if (!isVendor || !isOf(mark, "01", 1) || more !== void 0) return null;
            choice.vendors[vendor] = mark === "1";
        }
    } catch (err) {
        _didIteratorError1 = true;
        _iteratorError1 = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion1 && _iterator1.return != null) {
                _iterator1.return();
            }
        } finally{
            if (_didIteratorError1) {
                throw _iteratorError1;
            }
        }
    }
    return choice;
}
function isOf(text, letters, most) {
    if (!text || text.length > most) return false;
    for(var i = 0; i < text.length; i++)if (!letters.includes(text[i])) return false;
    return true;
}
// banner/edge/requests.js
var OF_THE_PAGE = [
    "language",
    "path",
    "view"
];
var OF_THE_TOKEN = [
    "country",
    "subdivision",
    "gpc",
    "dnt",
    "age_band",
    "age",
    "choice",
    "tcf",
    "own"
];
var MAX_PATH = 2048;
var MAX_NAMED = 10;
var MAX_QUERY = 4096;
function refusal(status, code, message, fields) {
    if (fields === void 0) fields = {};
    return {
        status: status,
        body: {
            error: {
                code: code,
                message: message,
                fields: fields
            }
        }
    };
}
function headersOf(pairs) {
    var found = /* @__PURE__ */ Object.create(null);
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = pairs[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var _step_value = _sliced_to_array(_step.value, 2), name = _step_value[0], value = _step_value[1];
            var key = name.toLowerCase();
            found[key] = found[key] === void 0 ? value.trim() : "".concat(found[key]).concat(key === "cookie" ? "; " : ",").concat(value.trim());
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return found;
}
function queryOf(text) {
    if (text.length > MAX_QUERY) throw refusal(400, "invalid_query", "The query string is too long.");
    var found = /* @__PURE__ */ Object.create(null);
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = text.split("&")[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var pair = _step.value;
            if (!pair) continue;
            var at = pair.indexOf("=");
            var _ref = _sliced_to_array(at < 0 ? [
                pair,
                ""
            ] : [
                pair.slice(0, at),
                pair.slice(at + 1)
            ], 2), name = _ref[0], value = _ref[1];
            var key = decoded(name);
            if (found[key] !== void 0) throw refusal(400, "invalid_query", "A query parameter is repeated.");
            found[key] = decoded(value);
            if (found[key].includes("\0")) throw refusal(400, "invalid_query", "The query string contains U+0000.");
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    checkQuery(found);
    return found;
}
function decoded(text) {
    try {
        return decodeURIComponent(text.split("+").join(" "));
    } catch (error) {
        throw refusal(400, "invalid_query", "The query string is not valid.");
    }
}
function checkQuery(query) {
    var names = Object.keys(query);
    if (names.some(function(name) {
        return OF_THE_TOKEN.includes(name);
    })) {
        throw refusal(403, "token_required", "Requires a token with scope decide: place, signals and choice of a visitor cannot be set without one.");
    }
    var errors = {};
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = names.filter(function(one) {
            return !OF_THE_PAGE.includes(one);
        }).slice(0, MAX_NAMED)[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var name = _step.value;
            errors[name] = [
                "Unknown parameter."
            ];
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    var path = query.path, view = query.view;
    if (path !== void 0 && (!path.startsWith("/") || path.length > MAX_PATH)) errors.path = [
        "Must be a path that begins with a slash."
    ];
    if (view !== void 0 && view !== "banner" && view !== "csp") errors.view = [
        "Must be one of banner, csp."
    ];
    if (Object.keys(errors).length) throw refusal(400, "invalid_parameter", "A parameter is invalid.", errors);
}
function signalsOf(headers) {
    var sent = headers["sec-gpc"] || "";
    return {
        gpc: !sent.includes(" ") && sent.split(",").includes("1"),
        dnt: headers.dnt === "1",
        age_band: "unknown"
    };
}
function cookiesOf(headers, name) {
    var pairs = (headers.cookie || "").split(";").map(function(pair) {
        return pair.trim();
    });
    return pairs.filter(function(pair) {
        return pair.startsWith("".concat(name, "="));
    }).map(function(pair) {
        return pair.slice(name.length + 1);
    });
}
function newestChoice(values) {
    var newest = null;
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = values.map(parseChoice)[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var choice = _step.value;
            if (choice && (!newest || choice.day > newest.day || choice.day === newest.day && grantsOf(choice) < grantsOf(newest))) newest = choice;
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return newest;
}
function grantsOf(param) {
    var groups = param.groups, vendors2 = param.vendors;
    return _to_consumable_array(Object.values(groups)).concat(_to_consumable_array(Object.values(vendors2))).filter(function(answer) {
        return answer === true;
    }).length;
}
// banner/decision/calendar_months.js
function isoDate(day) {
    var date = new Date(day * DAY);
    return [
        date.getUTCFullYear(),
        date.getUTCMonth() + 1,
        date.getUTCDate()
    ].map(function(part) {
        return "".concat(part).padStart(2, "0");
    }).join("-");
}
function addMonths(day, months) {
    var date = new Date(day * DAY);
    var wanted2 = date.getUTCDate();
    date.setUTCMonth(date.getUTCMonth() + months);
    if (date.getUTCDate() !== wanted2) date.setUTCDate(0);
    return +date / DAY;
}
// banner/decision/amend_choice.js
function hasGrant(param) {
    var groups = param.groups, vendors2 = param.vendors;
    return Object.values(_extends({}, groups, vendors2)).includes(true);
}
// banner/decision/safe_arrays.js
function firstOf(list, isWanted) {
    for(var i = 0; i < list.length; i++)if (isWanted(list[i])) return list[i];
    return void 0;
}
function has(list, wanted2) {
    return firstOf(list, function(one) {
        return one === wanted2;
    }) !== void 0;
}
// banner/decision/path_patterns.js
function matches(pattern, path) {
    var star = pattern.indexOf("*");
    if (star < 0) return path === pattern;
    if (!path.startsWith(pattern.slice(0, star))) return false;
    var _pattern_split = _to_array(pattern.split("*")), head = _pattern_split[0], rest = _pattern_split.slice(1);
    var last = /** @type {string} */ rest.pop();
    var position = head.length;
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = rest[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var part = _step.value;
            var found = path.indexOf(part, position);
            if (found < 0) return false;
            position = found + part.length;
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return path.length - position >= last.length && path.endsWith(last);
}
function anyMatches(patterns, path) {
    return firstOf(patterns, function(pattern) {
        return matches(pattern, path);
    }) !== void 0;
}
// banner/decision/ranks.js
var LETTERS3 = "fad";
var RELAXED = 2;
var OPT_OUT = 3;
var OPT_IN = 4;
// banner/decision/signals.js
function actingSignals(resolved, signals) {
    var isActing = function isActing(name) {
        return /** @type {any} */ signals[name] && resolved[name];
    };
    return GPC * isActing("gpc") | DNT * isActing("dnt");
}
// banner/decision/decide.js
var GRANTS = [
    "essential",
    "exempt",
    "granted",
    "vendor_granted",
    "opt_out_default",
    "notice_default"
];
var SIGNALS = [
    "gpc",
    "dnt"
];
var REFUSALS = [
    "refused",
    "vendor_refused"
];
var WHOLLY_HELD = [
    "out_of_page",
    "minor",
    "sensitive"
];
function bandOf(param, param1) {
    var child = param.child;
    var age_band = param1.age_band;
    return age_band === "unknown" && child ? "under13" : age_band;
}
function byAge(map, resolved, signals) {
    var _own;
    return (_own = own(map, String(signals.age))) !== null && _own !== void 0 ? _own : own(map, bandOf(resolved, signals));
}
function decide(resolved, day, signals, choice, path) {
    var rule = resolved.rule, barred = resolved.barred, keep = resolved.keep, life = resolved.life, links = resolved.links, minors = resolved.minors, scope = resolved.scope, sensitive = resolved.sensitive, under = resolved.under;
    var acting = actingSignals(resolved, signals);
    var minor = byAge(minors, resolved, signals) || [
        0,
        0,
        0,
        0
    ];
    var ends = choice ? addMonths(choice.day, life) : 0;
    var keptUntil = choice ? addMonths(choice.day, (hasGrant(choice) ? life : 0) + keep) : 0;
    var known = /* @__PURE__ */ new Map();
    function fits(patterns, path2) {
        var _known_get;
        var list = patterns.join("\n");
        var found = (_known_get = known.get(list)) !== null && _known_get !== void 0 ? _known_get : anyMatches(patterns, path2);
        known.set(list, found);
        return found;
    }
    var isSensitive = sensitive === true || sensitive && sensitive.length > 0 && (path === null || fits(sensitive, path));
    function judge(tag) {
        var hold = tag.hold, only = tag.only, except2 = tag.except, group = tag.group, flagged = tag.flagged, third = tag.third, level = tag.level;
        var isOnPage = path === null ? !tag.bound : (!only[0] || fits(only, path)) && !(except2[0] && fits(except2, path));
        if (hold || !isOnPage) return [
            hold || "out_of_page",
            0
        ];
        if (group === "essential") return [
            group,
            0
        ];
        var index = OPTIONAL.indexOf(/** @type {import("../types.js").Group} */ group);
        var effect = Math.max(minor[index], flagged ? minor[3] : 0);
        if (effect > 1) return [
            "minor",
            0
        ];
        if (isSensitive && (barred === "all" || barred && flagged)) return [
            "sensitive",
            0
        ];
        var isStricter = isSensitive && third && level < OPT_IN;
        var rank = effect || isStricter ? OPT_IN : level;
        var signal = flagged ? acting : 0;
        var ofVendor = choice === null || choice === void 0 ? void 0 : choice.vendors[tag.vendor];
        var byVendor = tag.tcf && ofVendor ? void 0 : ofVendor;
        var byGroup = tag.tcf ? tag.answer : flagged && scope === "sale_or_share" && (choice === null || choice === void 0 ? void 0 : choice.groups.advertising) === false ? false : choice === null || choice === void 0 ? void 0 : choice.groups[group];
        var answer = byVendor !== null && byVendor !== void 0 ? byVendor : byGroup;
        if (answer === false) return [
            byVendor === false ? "vendor_refused" : "refused",
            rank
        ];
        var missing = tag.missing || (isStricter ? "sensitive" : "opt_in_not_given");
        if (choice && answer) {
            var told = choice.told, letters = choice.letters, regime = choice.regime;
            var known2 = own(under, regime) || "000";
            var isRelaxed = tag.exempt && (known2 + letters).includes("x");
            var given = isRelaxed ? RELAXED : letters.includes(LETTERS3[index]) ? OPT_IN : +known2[index];
            if (choice.day > day + 1 || day >= ends) missing = "expired";
            else if (rank > given) missing = "stricter_place";
            else if (!byVendor && !has(tag.covered, choice.keys[group])) missing = "not_covered";
            else if (!(signal & ~told)) return [
                byVendor ? "vendor_granted" : "granted",
                rank
            ];
            else return [
                signal & GPC ? "gpc" : "dnt",
                rank
            ];
            if (byGroup === false) return [
                "refused",
                rank
            ];
        }
        if (signal) return [
            signal & GPC ? "gpc" : "dnt",
            rank
        ];
        return [
            rank === OPT_IN ? missing : rank === RELAXED ? "exempt" : rank === OPT_OUT ? "opt_out_default" : "notice_default",
            rank
        ];
    }
    function isOpen2(param) {
        var _param = _sliced_to_array(param, 2), reason = _param[0], rank = _param[1];
        if (rank !== OPT_IN || has(GRANTS, reason)) return false;
        if (has(REFUSALS, reason)) return day >= keptUntil;
        return !has(SIGNALS, reason) && (reason !== "not_covered" || resolved.ask_new);
    }
    var verdicts = resolved.tags.map(judge);
    var plainOf = function plainOf(group, except2) {
        var _resolved_groups_group = resolved.groups[group], level = _resolved_groups_group.level, keys = _resolved_groups_group.keys;
        return {
            vendor: "",
            group: group,
            level: level,
            flagged: group === "advertising",
            third: true,
            exempt: false,
            hold: null,
            only: [],
            except: except2,
            covered: keys
        };
    };
    var _ref = resolved.asks || {
        groups: [],
        except: []
    }, needed = _ref.groups, _ref_marked = _ref.marked, marked = _ref_marked === void 0 ? [] : _ref_marked, except = _ref.except;
    var isAnswered = function isAnswered(group) {
        return !!choice && typeof choice.groups[group] === "boolean";
    };
    var hasAnswers = choice && (OPTIONAL.some(isAnswered) || Object.keys(choice.vendors)[0]);
    var asked = _to_consumable_array(needed).concat(_to_consumable_array(marked.filter(function(group) {
        return !hasAnswers || isAnswered(group);
    })));
    var shown = _to_consumable_array(verdicts).concat(_to_consumable_array(asked.map(function(group) {
        return judge(plainOf(group, except));
    })));
    var isByDefault = shown.some(function(param) {
        var _param = _sliced_to_array(param, 1), reason = _param[0];
        return reason === "exempt" || reason === "opt_out_default";
    });
    var groups = {
        essential: {
            granted: true,
            reason: "essential"
        }
    };
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = OPTIONAL[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var group = _step.value;
            var _judge = _sliced_to_array(judge(plainOf(group, [])), 1), reason = _judge[0];
            groups[group] = {
                granted: has(GRANTS, reason),
                reason: reason,
                rule: rule
            };
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    var tags = resolved.tags.map(function(param, index) {
        var id = param.id, vendor = param.vendor, group = param.group, hold = param.hold, limited = param.limited, trigger = param.trigger;
        var _own;
        var _verdicts_index = _sliced_to_array(verdicts[index], 1), reason = _verdicts_index[0];
        var isFull = limited === "cookieless" && ((_own = own(groups, group)) === null || _own === void 0 ? void 0 : _own.granted);
        var isLimited = limited && !isFull && !hold && !has(WHOLLY_HELD, reason);
        return _extends({
            id: id,
            vendor: vendor,
            group: group,
            mode: has(GRANTS, reason) ? "full" : isLimited ? "limited" : "held",
            reason: reason,
            rule: rule
        }, trigger && {
            trigger: trigger
        });
    });
    var idsOf2 = function idsOf2(mode) {
        return tags.filter(function(tag) {
            return tag.mode === mode;
        }).map(function(param) {
            var id = param.id;
            return id;
        });
    };
    var until = choice && (verdicts.some(function(param) {
        var _param = _sliced_to_array(param, 1), reason = _param[0];
        return reason === "granted" || reason === "vendor_granted";
    }) || _to_consumable_array(needed).concat(_to_consumable_array(marked)).some(function(group) {
        return groups[group].reason === "granted";
    }) ? ends : Object.values(_extends({}, choice.groups, choice.vendors)).includes(false) && (Object.values(choice.groups).includes(true) ? ends : keptUntil));
    return {
        show: !(signals.dnt && resolved.quiet) && shown.some(isOpen2) ? "ask" : !choice && isByDefault ? "notice" : "none",
        // An age may hold what was refused besides; the refusal counted all the same.
        status: resolved.status && !groups.advertising.granted && (acting || (choice === null || choice === void 0 ? void 0 : choice.groups.advertising) === false) ? "opt_out_honored" : null,
        links: links,
        expires: until ? isoDate(until) : null,
        groups: groups,
        tags: tags,
        allowed_tags: idsOf2("full"),
        limited_tags: idsOf2("limited")
    };
}
// banner/vendors/tcf_sets.js
var RUN = "[1-9]\\d{0,4}(-[1-9]\\d{0,4})?";
var FORM = RegExp("^(~[\\w-]+|(".concat(RUN, "(_").concat(RUN, ")*)?)$"));
var MAX_ID = 16383;
var MAX_LETTERS = 2731;
function readSet(text, all) {
    var found = {};
    var add = function add(id) {
        if (!all || all[id]) found[id] = true;
    };
    if (text === "*") return _extends({}, all);
    if (text.length > MAX_LETTERS || !FORM.test(text)) throw RangeError(text);
    if (text[0] === "~") {
        var bits = _to_consumable_array(text.slice(1)).map(function(letter) {
            return bitsOf(LETTERS.indexOf(letter), 6);
        }).join("");
        for(var id = 1; id <= bits.length; id++)if (+bits[id - 1]) add(id);
        return found;
    }
    var last = 0;
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = (text ? text.split("_") : [])[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var run = _step.value;
            var _run_split_map = _sliced_to_array(run.split("-").map(Number), 2), first = _run_split_map[0], tmp = _run_split_map[1], end = tmp === void 0 ? first : tmp;
            if (first <= last || end < first || end > MAX_ID) throw RangeError(text);
            for(last = first; last <= end; last++)add(last);
            last = end;
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return found;
}
function idsOf(ids) {
    return Object.keys(ids).filter(function(id) {
        return ids[id];
    }).map(Number);
}
// banner/vendors/tcf_choice.js
var OFFERED = [
    "purposes",
    "interests",
    "features",
    "consent",
    "interest",
    "google"
];
var PURPOSES = 0, INTERESTS = 1, FEATURES = 2, VENDORS = 3, VENDOR_INTERESTS = 4, GOOGLE = 5;
var MAX_LENGTH2 = 3800;
var BLOCKING = [
    "gpc",
    "dnt",
    "minor",
    "sensitive",
    "kill_switch"
];
var BARRED = [
    "sensitive",
    "minor",
    "precise_location"
];
var GROUPS = [
    [
        "functional",
        [
            5,
            6,
            10,
            11
        ]
    ],
    [
        "analytics",
        [
            8,
            9
        ]
    ]
];
function groupOf(purpose) {
    var /** @type {import("../types.js").Group} */ _GROUPS_find;
    if (purpose !== 1) return ((_GROUPS_find = GROUPS.find(function(param) {
        var _param = _sliced_to_array(param, 2), ids = _param[1];
        return ids.includes(/** @type {never} */ purpose);
    })) === null || _GROUPS_find === void 0 ? void 0 : _GROUPS_find[0]) || "advertising";
}
function offeredBy(offer) {
    return OFFERED.map(function(name) {
        return readSet(offer[name] || "");
    });
}
function parseTcf(text) {
    var found = (text || "").length <= MAX_LENGTH2 && /^t1\.(\d{1,6})\.([\da-f]{8})\.([0-2])\.([a-z]{2})((?:\.[\w*~-]*){6})$/.exec(text || "");
    if (!found) return null;
    var _found = _sliced_to_array(found, 6), day = _found[1], _key = _found[2], screen = _found[3], _language = _found[4], sets = _found[5];
    try {
        var _sets = sets.slice(1).split(".");
        var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
        try {
            for(var _iterator = _sets[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
                var one = _step.value;
                readSet(one);
            }
        } catch (err) {
            _didIteratorError = true;
            _iteratorError = err;
        } finally{
            try {
                if (!_iteratorNormalCompletion && _iterator.return != null) {
                    _iterator.return();
                }
            } finally{
                if (_didIteratorError) {
                    throw _iteratorError;
                }
            }
        }
        return {
            _day: +day,
            _key: _key,
            _screen: +screen,
            _language: _language,
            _sets: _sets
        };
    } catch (unused) {
        return null;
    }
}
var grants = function grants(param) {
    var _sets = param._sets;
    return _sets.some(Boolean);
};
function besideChoice(choice, tcf) {
    if (!choice || !tcf || tcf._day < choice.day) return null;
    if (grants(tcf)) Object.assign(choice.groups, {
        tcf: true
    });
    return tcf;
}
function masked(ids, groups, isSensitive) {
    var left = OPTIONAL.filter(function(group) {
        return !BLOCKING.includes(groups[group].reason);
    });
    var isLeft = function isLeft(id) {
        return left.includes(groupOf(id) || left[0]);
    };
    var ofGroups = function ofGroups(some) {
        return Object.fromEntries(idsOf(some).filter(isLeft).map(function(id) {
            return [
                id,
                true
            ];
        }));
    };
    var found = _to_consumable_array(ids);
    if (left.length < OPTIONAL.length) {
        for(var _i = 0, _iter = [
            PURPOSES,
            INTERESTS
        ]; _i < _iter.length; _i++){
            var index = _iter[_i];
            found[index] = ofGroups(ids[index]);
        }
        if (!left.includes("advertising")) found[FEATURES] = found[GOOGLE] = {};
        if (!idsOf(found[PURPOSES]).length) found[VENDORS] = {};
        if (!idsOf(found[INTERESTS]).length) found[VENDOR_INTERESTS] = {};
    }
    if (isSensitive) found[INTERESTS] = found[VENDOR_INTERESTS] = {};
    return found;
}
function answerTags(param, choice, tcf, isSensitive) {
    var tags = param.tags, offer = param.tcf;
    if (!offer) return;
    var isCovered = tcf && offer.keys.includes(tcf._key);
    var _offeredBy_map = _sliced_to_array(offeredBy(offer).map(function(all, index) {
        return readSet((tcf === null || tcf === void 0 ? void 0 : tcf._sets[index]) || "", all);
    }), 5), purposes = _offeredBy_map[0], interests = _offeredBy_map[1], vendors2 = _offeredBy_map[3], vendorInterests = _offeredBy_map[4];
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = /** @type {import("../types.js").AnsweredTag[]} */ tags[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var tag = _step.value;
            if (!tag.tcf) continue;
            var _tag_tcf = tag.tcf, vendor = _tag_tcf.vendor, consent = _tag_tcf.consent, interest = _tag_tcf.interest;
            var isByConsent = consent.every(function(id) {
                return purposes[id];
            }) && (!consent.length || vendors2[vendor]);
            var needsInterest = interest.length || !consent.length;
            var isByInterest = !needsInterest || !isSensitive && vendorInterests[vendor] && interest.every(function(id) {
                return interests[id];
            });
            tag.answer = isCovered ? !!(isByConsent && isByInterest) : tcf && !grants(tcf) ? false : null;
            tag.missing = tcf && tag.answer === null ? "not_covered" : void 0;
            tag.covered = choice ? [
                choice.keys[/** @type {"advertising"} */ tag.group]
            ] : [];
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
}
function isOpen(resolved, day, choice, tcf) {
    if (!resolved.tcf) return false;
    if (!choice || !tcf) return true;
    if (!grants(tcf)) return day >= addMonths(choice.day, (hasGrant(choice) ? resolved.life : 0) + resolved.keep);
    return !resolved.tcf.keys.includes(tcf._key) || isOver(resolved, day, choice);
}
function isOver(param, day, choice) {
    var life = param.life;
    return choice.day > day + 1 || day >= addMonths(choice.day, life);
}
function showOf(resolved, day, param, signals, choice, tcf) {
    var show = param.show, groups = param.groups;
    var isQuiet = signals.dnt && resolved.quiet;
    var canAsk = OPTIONAL.some(function(group) {
        return !BARRED.includes(groups[group].reason);
    });
    return !isQuiet && canAsk && isOpen(resolved, day, choice, tcf) ? "ask" : show;
}
// banner/vendors/tcf_codec.js
var DISCLOSED = 1;
var PUBLISHER = 3;
var LETTER_A = 65;
var MAX_RESTRICTIONS = 72;
var GROUP_BITS = 24;
function encode2(model) {
    return [
        core,
        disclosed,
        publisher
    ].map(function(segment) {
        var bits = "";
        segment(function(count, value) {
            return bits += bitsOf(+(value || 0), count), /** @type {any} */ value;
        }, model);
        return lettersOf(bits.padEnd(Math.ceil(bits.length / GROUP_BITS) * GROUP_BITS, "0"));
    }).join(".");
}
function core(io, param) {
    var _created = param._created, _screen = param._screen, _language = param._language, _list = param._list, cmpId = param.cmpId, cmpVersion = param.cmpVersion, tcfPolicyVersion = param.tcfPolicyVersion, isServiceSpecific = param.isServiceSpecific, useNonStandardTexts = param.useNonStandardTexts, specialFeatureOptins = param.specialFeatureOptins, purpose = param.purpose, purposeOneTreatment = param.purposeOneTreatment, publisherCC = param.publisherCC, vendor = param.vendor, _restrictions = param._restrictions;
    if (io(6, 2) !== 2) throw RangeError();
    var deciseconds = io(36, _created / 100);
    io(36, _created / 100);
    var said = {
        _created: deciseconds * 100,
        cmpId: io(12, cmpId),
        cmpVersion: io(12, cmpVersion),
        _screen: io(6, _screen),
        _language: twoLetters(io, _language),
        _list: io(12, _list),
        tcfPolicyVersion: io(6, tcfPolicyVersion),
        isServiceSpecific: !!io(1, isServiceSpecific),
        useNonStandardTexts: !!io(1, useNonStandardTexts),
        specialFeatureOptins: flags(io, 12, specialFeatureOptins),
        purpose: {
            consents: flags(io, 24, purpose === null || purpose === void 0 ? void 0 : purpose.consents),
            legitimateInterests: flags(io, 24, purpose === null || purpose === void 0 ? void 0 : purpose.legitimateInterests)
        },
        purposeOneTreatment: !!io(1, purposeOneTreatment),
        publisherCC: twoLetters(io, publisherCC),
        vendor: {
            consents: vendors(io, vendor === null || vendor === void 0 ? void 0 : vendor.consents),
            legitimateInterests: vendors(io, vendor === null || vendor === void 0 ? void 0 : vendor.legitimateInterests),
            disclosedVendors: {}
        },
        _restrictions: restrictions(io, _restrictions)
    };
    var none = {
        consents: {},
        legitimateInterests: {}
    };
    return _object_spread_props(_extends({}, said), {
        publisher: _object_spread_props(_extends({}, none), {
            customPurpose: none,
            restrictions: byPurpose(said._restrictions)
        })
    });
}
function disclosed(io, param) {
    var vendor = param.vendor;
    io(3, DISCLOSED);
    vendor.disclosedVendors = vendors(io, vendor.disclosedVendors);
}
function publisher(io, param) {
    var said = param.publisher;
    io(3, PUBLISHER);
    said.consents = flags(io, 24, said.consents);
    said.legitimateInterests = flags(io, 24, said.legitimateInterests);
    var _said_customPurpose = said.customPurpose, consents = _said_customPurpose.consents, legitimateInterests = _said_customPurpose.legitimateInterests;
    var count = io(6, Object.keys(consents).length);
    said.customPurpose = {
        consents: flags(io, count, consents),
        legitimateInterests: flags(io, count, legitimateInterests)
    };
}
function twoLetters(io, letters) {
    return [
        0,
        1
    ].map(function(at) {
        return String.fromCharCode(LETTER_A + io(6, letters === void 0 ? 0 : letters.charCodeAt(at) - LETTER_A));
    }).join("").replace(/[^A-Z]/g, "A");
}
function flags(io, count, ids) {
    return Object.fromEntries(Array.from({
        length: count
    }, function(_, index) {
        return [
            index + 1,
            !!io(1, ids === null || ids === void 0 ? void 0 : ids[index + 1])
        ];
    }));
}
function vendors(io, ids) {
    if (ids === void 0) ids = {};
    var runs = runsOf(ids);
    var last = io(16, runs.length && runs[runs.length - 1][1]);
    var isShorter = runs.reduce(function(bits, param) {
        var _param = _sliced_to_array(param, 2), first = _param[0], end = _param[1];
        return bits + (end > first ? 33 : 17);
    }, 12) < last;
    return io(1, isShorter) ? ranges(io, runs) : flags(io, last, ids);
}
function ranges(io, runs) {
    var found = {};
    var last = 0;
    var count = io(12, runs.length);
    for(var index = 0; index < count; index++){
        var _ref = _sliced_to_array(runs[index] || [], 2), begin = _ref[0], until = _ref[1];
        var isRun = io(1, until > begin);
        var first = io(16, begin);
        var end = isRun ? io(16, until) : first;
        if (first <= last || end < first) throw RangeError();
        while(last < end)found[++last] = last >= first;
    }
    return found;
}
function runsOf(ids) {
    var runs = [];
    for(var id in ids){
        if (!ids[id]) continue;
        var run = runs[runs.length - 1];
        if (run && run[1] === +id - 1) run[1]++;
        else runs.push([
            +id,
            +id
        ]);
    }
    return runs;
}
function restrictions(io, given) {
    if (given === void 0) given = [];
    var count = io(12, given.length);
    if (count > MAX_RESTRICTIONS) throw RangeError();
    return Array.from({
        length: count
    }, function(_, index) {
        var _ref = _sliced_to_array(given[index] || [], 3), purpose = _ref[0], type = _ref[1], tmp = _ref[2], ids = tmp === void 0 ? {} : tmp;
        return /** @type {Restriction} */ [
            io(6, purpose),
            io(2, type),
            ranges(io, runsOf(ids))
        ];
    });
}
function byPurpose(given) {
    var found = {};
    var _iteratorNormalCompletion = true, _didIteratorError = false, _iteratorError = undefined;
    try {
        for(var _iterator = given[Symbol.iterator](), _step; !(_iteratorNormalCompletion = (_step = _iterator.next()).done); _iteratorNormalCompletion = true){
            var _step_value = _sliced_to_array(_step.value, 3), purpose = _step_value[0], type = _step_value[1], ids = _step_value[2];
            var _found, _purpose, _;
            (_ = (_found = found)[_purpose = purpose]) !== null && _ !== void 0 ? _ : _found[_purpose] = {};
            for(var id in ids)if (ids[id]) found[purpose][id] = type;
        }
    } catch (err) {
        _didIteratorError = true;
        _iteratorError = err;
    } finally{
        try {
            if (!_iteratorNormalCompletion && _iterator.return != null) {
                _iterator.return();
            }
        } finally{
            if (_didIteratorError) {
                throw _iteratorError;
            }
        }
    }
    return found;
}
// banner/vendors/tcf_strings.js
var GOOGLE2 = 5;
function tcString(param, param1, granted) {
    var _param_cmp = _sliced_to_array(param.cmp, 2), cmpId = _param_cmp[0], cmpVersion = _param_cmp[1], _param_list = _sliced_to_array(param.list, 2), _list = _param_list[0], tcfPolicyVersion = _param_list[1], publisherCC = param.cc, disclosed2 = param.disclosed, restrictions2 = param.restrictions;
    var _day = param1._day, _screen = param1._screen, _language = param1._language;
    var _granted = _sliced_to_array(granted, 5), purposes = _granted[0], interests = _granted[1], specialFeatureOptins = _granted[2], consents = _granted[3], legitimateInterests = _granted[4];
    var none = {
        consents: {},
        legitimateInterests: {}
    };
    return encode2({
        _created: _day * DAY,
        _screen: _screen,
        _language: _language.toUpperCase(),
        _list: _list,
        _restrictions: restrictions2.map(function(param) {
            var _param = _sliced_to_array(param, 3), purpose = _param[0], type = _param[1], vendors2 = _param[2];
            return [
                purpose,
                type,
                readSet(vendors2)
            ];
        }),
        cmpId: cmpId,
        cmpVersion: cmpVersion,
        tcfPolicyVersion: tcfPolicyVersion,
        isServiceSpecific: true,
        useNonStandardTexts: false,
        purposeOneTreatment: false,
        publisherCC: publisherCC,
        specialFeatureOptins: specialFeatureOptins,
        purpose: {
            consents: purposes,
            legitimateInterests: interests
        },
        vendor: {
            consents: consents,
            legitimateInterests: legitimateInterests,
            disclosedVendors: readSet(disclosed2)
        },
        // Without it Prebid's own modules store nothing, whatever was granted.
        publisher: _object_spread_props(_extends({}, none), {
            consents: purposes,
            customPurpose: none
        })
    });
}
function additionalConsent(offered, chosen) {
    var granted = chosen[GOOGLE2];
    var ids = idsOf(offered[GOOGLE2]);
    return ids.length ? "2~".concat(ids.filter(function(id) {
        return granted[id];
    }).join("."), "~dv.").concat(ids.filter(function(id) {
        return !granted[id];
    }).join(".")) : "";
}
// banner/edge/tcf.js
function decideWithTcf(resolved, day, signals, choice, path, text) {
    if (!resolved.tcf) return {
        decision: decide(resolved, day, signals, choice, path),
        tcf: null
    };
    var sensitive = resolved.sensitive;
    var isSensitive = sensitive === true || !!(sensitive && sensitive.length && (path === null || anyMatches(sensitive, path)));
    var tcf = besideChoice(choice, parseTcf(text));
    answerTags(resolved, choice, tcf, isSensitive);
    var decision = decide(resolved, day, signals, choice, path);
    return {
        decision: _object_spread_props(_extends({}, decision), {
            show: showOf(resolved, day, decision, signals, choice, tcf)
        }),
        tcf: tcf
    };
}
function tcfAnswer(facts, resolved, day, choice, tcf, decision) {
    var answer = {
        gdpr_applies: !!resolved.applies,
        cmp_id: facts.cmp[0],
        cmp_version: facts.cmp[1],
        version: facts.list[0],
        policy: facts.list[1]
    };
    if (!resolved.applies) return answer;
    var offer = resolved.tcf;
    var stands = offer && choice && tcf && offer.keys.includes(tcf._key) && !(grants(tcf) && isOver(resolved, day, choice));
    if (!stands) return _object_spread_props(_extends({}, answer), {
        string: null
    });
    var offered = offeredBy(offer);
    var granted = masked(offered.map(function(all, index) {
        return readSet(tcf._sets[index], all);
    }), decision.groups, false);
    var google = additionalConsent(offered, granted);
    return _extends(_object_spread_props(_extends({}, answer), {
        string: tcString(facts, tcf, granted)
    }), google && {
        additional_consent: google
    });
}
// banner/edge/worker.js
var FORM2 = 1;
var MAX_CHOICES = 8;
var NOT_APPLICABLE = -1;
var PATH = /\/api\/v1\/sites\/([a-z0-9][a-z0-9-]{0,62})\/decision$/;
var VARY = "Accept-Encoding, Accept-Language, Sec-GPC, DNT, Cookie, Authorization";
function decideVisit(site, visit, now) {
    var span = thaw(site.spans).filter(function(param) {
        var until = param.until;
        return now / 1e3 < until;
    })[0];
    if (!span) throw refusal(503, "unavailable", "The configs of the edge are too old.");
    var place = visit.place, language = visit.language, signals = visit.signals, choice = visit.choice, path = visit.path;
    var table = site.tables[span.tables[thaw(site.spoken).includes(language) ? language : ""]];
    var resolved = /** @type {Resolved} */ _object_spread_props(_extends({}, thaw(site.resolved[atPlace(table, place)])), {
        under: thaw(site.under)
    });
    var day = Math.floor(now / DAY);
    var _decideWithTcf = decideWithTcf(resolved, day, signals, choice, path, visit.tcf), decision = _decideWithTcf.decision, tcf = _decideWithTcf.tcf;
    var facts = _object_spread_props(_extends({}, thaw(site.facts)), {
        place: place,
        regime: resolved.regime,
        language: language,
        signals: signals
    });
    var strings = _extends({}, gppOf(site, place, signals, decision), site.tcf && {
        tcf: tcfAnswer(thaw(site.tcf), resolved, day, choice, tcf, decision)
    });
    return _extends({}, facts, decision, strings);
}
function gppOf(param, place, signals, decision) {
    var gpp = param.gpp;
    if (!gpp) return {};
    var sections = thaw(atPlace(gpp, place));
    state._signals = signals;
    state._decision = decision;
    return {
        gpp: {
            string: stringOf(sections),
            applicable_sections: sections.length ? sections.map(function(param) {
                var id = param.id;
                return id;
            }) : [
                NOT_APPLICABLE
            ]
        }
    };
}
function decideRequest(configs, site, headers, query, place, now) {
    if (headers.authorization !== void 0 || headers["consent-subject"] !== void 0) {
        throw refusal(503, "unavailable", "The edge knows no tokens, and the origin does not answer.");
    }
    var app = headers["consent-app"], origin = headers.origin;
    if (app !== void 0 && origin === void 0 && !thaw(site.apps).includes(app)) throw refusal(403, "unknown_app", "This app does not belong to the site.");
    var _queryOf = queryOf(query), tmp = _queryOf.language, asked = tmp === void 0 ? "" : tmp, _queryOf_path = _queryOf.path, path = _queryOf_path === void 0 ? null : _queryOf_path, view = _queryOf.view;
    if (view !== void 0) throw refusal(503, "unavailable", "The edge answers no view, and the origin does not answer.");
    var language = chooseLanguage(asked, headers["accept-language"] || "", thaw(site.languages), site.default_language, codeOf(place), configs.languages);
    var choice = newestChoice(cookiesOf(headers, site.cookie).slice(0, MAX_CHOICES));
    var _ref = _sliced_to_array(site.tcf ? cookiesOf(headers, "".concat(site.cookie, "_tcf")) : [], 1), tcf = _ref[0];
    return decideVisit(site, {
        place: place,
        language: language,
        signals: signalsOf(headers),
        choice: choice,
        path: path,
        tcf: tcf
    }, now);
}
function corsOf(site, param) {
    var origin = param.origin, host = param.host;
    var isOwn = origin !== void 0 && thaw(site.origins).includes(origin);
    if (origin === void 0 || !isOwn && origin.split("://")[1] === host) return {};
    if (!isOwn) return null;
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true"
    };
}
function handle(r) {
    var configs = /** @type {any} */ globalThis.consent_sites;
    var cors = {};
    try {
        var _ref = _sliced_to_array(PATH.exec(r.uri) || [], 2), tmp = _ref[1], key = tmp === void 0 ? "" : tmp;
        if (r.method !== "GET" && r.method !== "HEAD") throw refusal(405, "method_not_allowed", "The edge answers GET alone.");
        if (configs.form !== FORM2) throw refusal(503, "unavailable", "The configs of the edge are of another release than its worker.");
        if (!Object.hasOwn(configs.sites, key)) throw refusal(404, "unknown_site", "This site does not exist or has not been published.");
        var site = configs.sites[key];
        var headers = headersOf(r.rawHeadersIn);
        cors = corsOf(site, headers);
        var place = readPlace(r.variables.consent_country || "", r.variables.consent_subdivision || "", configs.places);
        var decision = decideRequest(configs, site, headers, r.variables.args || "", place, Date.now());
        if (!cors) throw refusal(403, "origin_not_allowed", "This origin is not one of the site's hosts.");
        send(r, 200, decision, cors, site.cache_control);
    } catch (error) {
        var status = /** @type {any} */ error.status, body = error.body;
        if (!status) r.error("consent edge: ".concat(error));
        var refused = status ? body : refusal(500, "internal", "The edge failed.").body;
        send(r, status || 500, refused, cors || {}, "no-store");
    }
}
function send(r, status, body, cors, cacheControl) {
    var headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": cacheControl,
        "X-Content-Type-Options": "nosniff"
    };
    Object.assign(r.headersOut, headers, cors, {
        Vary: "".concat(VARY, ", Origin")
    }, status === 503 && {
        "Retry-After": "5"
    }, status === 405 && {
        Allow: "GET, HEAD"
    });
    r.return(status, JSON.stringify(body));
}
var worker_default = {
    handle: handle,
    decideVisit: decideVisit,
    newestChoice: newestChoice,
    readPlace: readPlace
};
export { worker_default as default };
