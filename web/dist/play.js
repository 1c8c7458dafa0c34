import{E as n,x as t}from"./chunk-DUQDYCG6.js";function r(){return t(n,{children:"This screen isn't built yet."})}export{r as Playground};
