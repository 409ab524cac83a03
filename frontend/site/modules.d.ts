declare module "bootstrap/js/dist/collapse";
declare module "bootstrap/js/dist/dropdown";
