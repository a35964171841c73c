export { addHandle as default } from "../handle.js";
